"""E-mail: words from templates, messages with their headers, and the server that takes them. No database in it."""
