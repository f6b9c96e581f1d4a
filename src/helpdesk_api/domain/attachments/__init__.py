"""Files on tickets: taken in, found, removed; never a row without its file."""
