"""Custom fields: what a team asks of its support tickets besides the usual."""
