"""What goes over the wire of django-helpdesk's API."""
