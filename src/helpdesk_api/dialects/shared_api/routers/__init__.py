"""The routes both DRF dialects document."""
