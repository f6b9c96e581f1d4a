"""Tickets: upload tickets and support tickets."""
