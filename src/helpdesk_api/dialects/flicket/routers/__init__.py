"""The routes of Flicket's API."""
