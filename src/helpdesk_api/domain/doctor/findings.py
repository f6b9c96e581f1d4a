"""What the doctor finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not agree: what it is about, what is wrong, and, where it cannot be mended, what to do."""

    subject: str
    problem: str
    advice: str | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One check: what was found, and what is left of it now."""

    check: str
    found: tuple[Finding, ...]
    left: tuple[Finding, ...]
