"""Queues and their departments: where support tickets wait."""
