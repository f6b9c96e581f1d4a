"""What the API for integrations takes and gives, one module per resource."""
