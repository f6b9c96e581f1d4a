"""Routes of the API for integrations, one module per resource."""
