"""`helpdesk-api`: the command line."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    # Worker processes import this module, too, as multiprocessing has it, and should not keep the commands in memory.
    from helpdesk_api.cli import app

    app()


if __name__ == "__main__":
    main()
