"""What can go wrong with e-mail. The messages are for operators; no password is in any of them."""

from __future__ import annotations


class MailRefused(Exception):
    """This message will never be taken: the server said so for good, or it cannot be written at all."""


class MailDelayed(Exception):
    """Not now: the server is away, busy or not set up as it should be. Trying again may help."""


class TemplatesBroken(Exception):
    """A template or a catalogue is missing, or cannot be used."""
