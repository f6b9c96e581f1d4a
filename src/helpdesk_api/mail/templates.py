"""The words of messages: Jinja2 templates in files that can be replaced, in any language that has a catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.support import NullTranslations, Translations
from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from helpdesk_api.mail.errors import TemplatesBroken

PACKAGED = Path(__file__).parent / "templates"
CATALOGUES = Path(__file__).parent / "locale"
DOMAIN = "mail"
# The language the templates themselves are written in.
SOURCE_LANGUAGE = "en"

# Made-up values of everything that templates may say.
_COMMON = {"application": "helpdesk-api", "base_url": "https://help.example.com"}
_TICKET = {"id": 12, "title": "Printer on fire", "queue": "help", "queue_title": "Help", "status": 1}
_ABOUT_TICKET = {"ticket": _TICKET, "actor": "Joe Blogs", "text": "It burns.", "is_cut": True, "files": ["photo.png"]}
_LISTED = {"tickets": [_TICKET], "more": 1}
SAMPLES: Mapping[str, Mapping[str, Any]] = {
    **{kind: {**_COMMON, **_ABOUT_TICKET} for kind in ("opened", "assigned", "replied", "closed")},
    "outstanding": {**_COMMON, "total": 2, "created": _LISTED, "assigned": _LISTED},
    "test": _COMMON,
}


@dataclass(frozen=True, slots=True)
class Words:
    """What a message says."""

    subject: str
    text: str
    html: str


class Templates:
    """Every kind of message in one language; files in `folder` go before the packaged ones of the same name.

    Raises `TemplatesBroken` for what cannot be read, parsed or filled in, and for a language without a catalogue.
    """

    def __init__(self, language: str = SOURCE_LANGUAGE, folder: Path | None = None) -> None:
        folders = [folder, PACKAGED] if folder is not None else [PACKAGED]
        # No auto_reload: templates are read once, at the start, and not while messages are sent.
        self._environment = SandboxedEnvironment(
            loader=FileSystemLoader(folders),
            autoescape=lambda name: name is not None and name.endswith(".html"),
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.policies["ext.i18n.trimmed"] = True
        catalogue = _catalogue(language, folder)
        self._environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
        self._environment.globals["language"] = language.replace("_", "-")  # as in HTML
        if folder is not None and not folder.is_dir():
            raise TemplatesBroken(f"{folder} is no folder")
        for kind, values in SAMPLES.items():
            self.render(kind, values)

    def render(self, kind: str, values: Mapping[str, Any]) -> Words:
        """The words of one message. Raises `TemplatesBroken`."""
        return Words(*(self._render(name, values) for name in _files_of(kind)))

    def _render(self, name: str, values: Mapping[str, Any]) -> str:
        try:
            return self._load(name).render(values).strip() + "\n"
        except (
            TemplateError,
            ArithmeticError,
            AttributeError,
            LookupError,
            RuntimeError,
            TypeError,
            ValueError,
        ) as error:
            raise TemplatesBroken(f"{name}: {error}") from error

    def _load(self, name: str) -> Template:
        try:
            return self._environment.get_template(name)
        except (TemplateError, OSError, UnicodeError) as error:
            line = getattr(error, "lineno", None)
            raise TemplatesBroken(f"{name}{f', line {line}' if line else ''}: {error}") from error


def _files_of(kind: str) -> tuple[str, str, str]:
    subject = f"{kind}_subject.txt" if kind in ("outstanding", "test") else "subject.txt"
    return subject, f"{kind}.txt", f"{kind}.html"


def _catalogue(language: str, folder: Path | None) -> NullTranslations:
    """The catalogue of a language: one beside the replaced templates goes before the packaged one."""
    if language == SOURCE_LANGUAGE:
        return NullTranslations()
    places = [folder / "locale", CATALOGUES] if folder is not None else [CATALOGUES]
    for place in places:
        try:
            found = Translations.load(place, [language], DOMAIN)
        except (OSError, UnicodeError, ValueError) as error:
            raise TemplatesBroken(f"the catalogue of {language}: {error}") from error
        if isinstance(found, Translations):
            return found
    raise TemplatesBroken(f"there is no catalogue of the language {language}: {', '.join(languages())} have one")


def languages() -> list[str]:
    """The languages that come with the service."""
    return [SOURCE_LANGUAGE, *sorted(path.parents[1].name for path in CATALOGUES.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))]
