"""A process that serves, and what it needs of uvicorn and the service manager; it knows nothing of the command line."""
