"""Rate limits: failed sign-ins, requests with a token, uploads at the same time."""
