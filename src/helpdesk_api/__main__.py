"""`helpdesk-api`: the command line."""

from __future__ import annotations

from helpdesk_api.cli import app


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
