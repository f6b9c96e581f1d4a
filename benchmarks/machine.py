"""What a run ran on: figures mean little without it."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import wrk

_PACKAGES = ("helpdesk-api", "uvicorn", "uvloop", "httptools", "fastapi", "pydantic", "sqlalchemy", "asyncpg", "orjson")


def describe(postgres: str, folder: Path) -> list[tuple[str, str]]:
    """Machine and versions, as names and values."""
    return [
        ("machine", f"{os.cpu_count()} cores ({_processor()}), {_memory_gib():.0f} GiB, {platform.platform()}"),
        ("load when it began", " ".join(f"{load:.2f}" for load in os.getloadavg())),
        ("file system of the data", _file_system(folder)),
        ("PostgreSQL", postgres),
        ("Python", sys.version.split()[0]),
        ("packages", ", ".join(f"{name} {version(name)}" for name in _PACKAGES)),
        ("load generator", wrk.version()),
    ]


def _processor() -> str:
    for line in _lines("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3


def _file_system(folder: Path) -> str:
    """The kind of the file system a folder is on: that of the longest mount point above it."""
    found = ("", "unknown")
    for line in _lines("/proc/mounts"):
        _, point, kind, *_ = line.split()
        if folder.resolve().is_relative_to(point) and len(point) > len(found[0]):
            found = (point, kind)
    return found[1]


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
