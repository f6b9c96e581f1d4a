"""Webhooks: receivers that are told of events by HTTP, as Standard Webhooks has it."""
