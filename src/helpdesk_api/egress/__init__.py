"""HTTP requests that leave the service: to public addresses, and to those that are allowed besides."""
