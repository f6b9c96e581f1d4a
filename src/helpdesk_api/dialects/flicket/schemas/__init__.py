"""What goes over the wire of Flicket's API."""
