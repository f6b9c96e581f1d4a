"""The routes of the image-upload API."""
