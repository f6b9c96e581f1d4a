"""x."""


def doctor() -> None:
    """Look."""
