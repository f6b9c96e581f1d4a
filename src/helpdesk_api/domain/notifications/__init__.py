"""E-mail to people: who is told of what, in which words, and reminders of open tickets (docs/email.md)."""
