"""The units of deploy/ as systemd reads them, without one that runs."""

from __future__ import annotations

import subprocess
from pathlib import Path

from live_service import PROGRAM
from proxies import DEPLOY, replaced


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    unit = (DEPLOY / "helpdesk-api@.service").read_text()
    (tmp_path / "helpdesk-api@1.service").write_text(replaced(unit, {"/srv/helpdesk/bin/helpdesk-api": str(PROGRAM)}))
    (tmp_path / "helpdesk-api.socket").write_text((DEPLOY / "helpdesk-api.socket").read_text())
    done = subprocess.run(
        ["systemd-analyze", "verify", "./helpdesk-api@1.service", "./helpdesk-api.socket"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
