"""The wheel, installed in an environment of its own, away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from sqlalchemy import text

from helpdesk_api import __version__
from helpdesk_api.db.engine import Database
from helpdesk_api.db.revisions import current_revision, head
from helpdesk_api.db.session import unit_of_work

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, folder: Path, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env={"PATH": os.environ["PATH"], **environment}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The programs of a new environment with the wheel in it; what it depends on is lent to it by this one."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    run(*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", "dist", str(ROOT), folder=tmp_path)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    run(sys.executable, "-m", "venv", "--without-pip", "venv", folder=tmp_path)
    programs = tmp_path / "venv" / "bin"
    run(*pip, "--python", str(programs / "python"), "install", "--no-deps", "--no-index", wheel, folder=tmp_path)
    (packages,) = (tmp_path / "venv" / "lib").glob("python*/site-packages")
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return programs


async def test_the_installed_program_migrates_and_knows_its_version(
    installed: Path, tmp_path: Path, empty_database: Database
) -> None:
    where = run(installed / "python", "-c", "import helpdesk_api; print(helpdesk_api.__file__)", folder=tmp_path)
    assert Path(where).is_relative_to(tmp_path / "venv")
    assert run(installed / "helpdesk-api", "--version", folder=tmp_path) == f"helpdesk-api {__version__}"
    async with unit_of_work(empty_database.sessions) as session:
        await session.execute(text("DROP SCHEMA public CASCADE"))
        await session.execute(text("CREATE SCHEMA public"))
    url = empty_database.engine.url.render_as_string(hide_password=False)
    said = run(installed / "helpdesk-api", "migrate", folder=tmp_path, HELPDESK_DATABASE_URL=url)
    assert said == f"Migrated from nothing to {head()}."
    assert await current_revision(empty_database.engine) == head()
