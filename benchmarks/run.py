"""Measures our service beside the limit of its stack: `python benchmarks/run.py [--quick]`; see docs/performance.md."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import NoReturn

import report
import wrk
from measure import Plan
from session import Options, Run, say

from helpdesk_api.settings import Settings

RESULTS = Path(__file__).resolve().parent / "results"
MIB = 1024**2
SIZES = (10_000, 1_000_000)


def main() -> int:
    """Run everything; 1 when something does not work, whatever the figures are, and 2 when wrk is missing."""
    given = _arguments()
    try:
        wrk.find()
    except wrk.WrkMissing as error:
        say(str(error))
        return 2
    # Leave through every `with` block, so that servers, databases and folders go.
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    with tempfile.TemporaryDirectory(prefix="helpdesk-benchmark-", dir=given.folder) as folder:
        run = Run(_options(given), Path(folder))
        about = run.everything()
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    title = f"Benchmark of {today}" + (", quick: it shows that everything works, the figures say little" * given.quick)
    text = report.render(run.findings, about, title)
    sys.stdout.write(text)
    output = given.output or RESULTS / f"{today}{'-quick' * given.quick}.md"
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text, encoding="utf-8")
    say(f"Written to {output}.")
    return 1 if run.findings.broken else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Measure the service beside the limit of its stack. HELPDESK_DATABASE_URL names a PostgreSQL to"
        " make databases on (they are dropped again); without it, an embedded one runs in a temporary folder."
    )
    parser.add_argument("--quick", action="store_true", help="under 3 minutes: whether everything works")
    parser.add_argument("--tickets", help="sizes of the databases (default: 10000,1000000; quick: 10000)")
    parser.add_argument("--connections", help="connections of the load (default: 16,64 as a rule; quick: 16)")
    parser.add_argument("--rounds", type=int, help="rounds to take the median of (default: 5; quick: 1)")
    parser.add_argument("--seconds", type=int, help="length of a round (default: 3; quick: 1)")
    parser.add_argument(
        "--workers",
        type=int,
        default=os.cpu_count() or 1,
        help="of each side, if PostgreSQL has connections for so many (default: one per core)",
    )
    parser.add_argument(
        "--only", default="", metavar="WORDS", help="operations with one of these, between commas, in their name"
    )
    parser.add_argument("--upload-mib", type=int, help="size of the big upload (default: 1024; quick: 64)")
    parser.add_argument("--folder", type=Path, help="where to make the temporary folder, on a disk with 10 GB free")
    parser.add_argument("--output", type=Path, help="the report's file (default: benchmarks/results/<date>.md)")
    return parser.parse_args()


def _options(given: argparse.Namespace) -> Options:
    quick: bool = given.quick
    plan = Plan(
        rounds=given.rounds or (1 if quick else 5),
        seconds=given.seconds or (1 if quick else 3),
        connections=_numbers(given.connections) or ((16,) if quick else ()),
    )
    return Options(
        quick=quick,
        sizes=_numbers(given.tickets) or (SIZES[:1] if quick else SIZES),
        plan=plan,
        workers=given.workers,
        only=tuple(given.only.split(",")) if given.only else (),
        upload_size=(given.upload_mib or (64 if quick else 1024)) * MIB,
        database_url=_database_url(),
    )


def _database_url() -> str | None:
    """As the service reads it, but not from a `.env` file."""
    url = Settings(_env_file=None).database_url
    return url.get_secret_value() if url else None


def _numbers(text: str | None) -> tuple[int, ...]:
    """`10000,1000000`, in ascending order."""
    return tuple(sorted(int(word) for word in text.split(","))) if text else ()


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
