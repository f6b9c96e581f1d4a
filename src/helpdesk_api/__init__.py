"""One helpdesk core behind three documented ticket APIs."""

from importlib.metadata import version

__version__ = version("helpdesk-api")
