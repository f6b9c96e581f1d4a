"""What happened: one event per change, in the change's own transaction."""
