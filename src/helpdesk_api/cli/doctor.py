"""`doctor`: find what does not agree, and mend it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from helpdesk_api.cli.environment import load_settings, media_folder, require_schema, run
from helpdesk_api.db.engine import Database
from helpdesk_api.domain.doctor.clinic import Clinic
from helpdesk_api.domain.doctor.findings import Diagnosis, Finding
from helpdesk_api.domain.doctor.service import examine

_SHOWN = 20


def doctor(
    fix: Annotated[bool, typer.Option("--fix", help="Mend what can be mended.")] = False,
    read_files: Annotated[
        bool, typer.Option("--read-files", help="Read every file and compare it with its checksum.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Find what does not agree: rows and files, counters, sequences, indexes. Safe while the service runs.

    Ends with 0 when all is well (with --fix: again), with 1 when something is not.
    """
    settings = load_settings()

    async def look(database: Database) -> list[Diagnosis]:
        await require_schema(database)
        async with media_folder(settings) as files:
            clinic = Clinic(database, files, settings.media_dir, read_files)
            return [diagnosis async for diagnosis in examine(clinic, mend=fix)]

    diagnoses = run(settings, look)
    if as_json:
        typer.echo(json.dumps(_document(diagnoses), indent=2))
    else:
        for diagnosis in diagnoses:
            _show(diagnosis, fixed=fix)
    if any(diagnosis.left for diagnosis in diagnoses):
        raise typer.Exit(1)


def _document(diagnoses: Sequence[Diagnosis]) -> dict[str, object]:
    well = not any(diagnosis.left for diagnosis in diagnoses)
    return {
        "status": "ok" if well else "found",
        "checks": [
            {
                "check": diagnosis.check,
                "found": len(diagnosis.found),
                "left": len(diagnosis.left),
                "findings": [
                    {**asdict(finding), "mended": finding not in set(diagnosis.left)} for finding in _all(diagnosis)
                ],
            }
            for diagnosis in diagnoses
        ],
    }


def _all(diagnosis: Diagnosis) -> list[Finding]:
    """What was found, and what came up only when it was looked for once more."""
    return list(dict.fromkeys((*diagnosis.found, *diagnosis.left)))


def _show(diagnosis: Diagnosis, *, fixed: bool) -> None:
    findings, left = _all(diagnosis), set(diagnosis.left)
    typer.echo(f"{diagnosis.check:<22}{_outcome(diagnosis, fixed=fixed)}")
    for finding in findings[:_SHOWN]:
        state = "mended" if finding not in left else finding.advice or ("not mended" if fixed else "--fix mends it")
        typer.echo(f"  {_on_one_line(finding.subject)}: {finding.problem} ({state})")
    if len(findings) > _SHOWN:
        typer.echo(f"  and {len(findings) - _SHOWN} more: --json lists them all")


def _outcome(diagnosis: Diagnosis, *, fixed: bool) -> str:
    if not diagnosis.found and not diagnosis.left:
        return "ok"
    return f"{len(diagnosis.found)} found" + (f", {len(diagnosis.left)} left" if fixed else "")


def _on_one_line(subject: str) -> str:
    # Names of files and users do not get to write control sequences to a terminal.
    return "".join(character if character.isprintable() else "?" for character in subject)
