"""Telling others what happened: events become deliveries, and each is sent until it arrives."""
