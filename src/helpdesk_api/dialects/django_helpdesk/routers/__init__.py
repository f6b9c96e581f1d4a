"""The routes of django-helpdesk's API."""
