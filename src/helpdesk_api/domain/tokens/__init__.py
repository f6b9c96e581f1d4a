"""Access tokens: issued, used, revoked."""
