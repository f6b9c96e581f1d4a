"""What goes over the wire of the image-upload API."""
