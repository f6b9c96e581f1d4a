"""What a worker process keeps in memory: nothing that only the command line, migrations and tests need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

NOT_NEEDED = {"alembic", "helpdesk_api.cli", "httpx", "mako", "pygments", "rich", "typer"}
# A console script, which processes begin with that multiprocessing spawns, as uvicorn has it do.
SCRIPT = """
import multiprocessing
import sys

from helpdesk_api.__main__ import main


def loaded():
    import helpdesk_api.serving.patient_protocol
    from helpdesk_api.serving.worker import create_worker

    create_worker()
    return [name for name, module in sys.modules.items() if module is not None]


if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(*pool.apply(loaded), sep="\\n")
"""


def test_a_worker_imports_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    script = tmp_path / "start.py"
    script.write_text(SCRIPT)
    environment = {"PATH": os.environ["PATH"], "HELPDESK_DATABASE_URL": "postgresql://nobody@localhost/nothing"}
    done = subprocess.run([sys.executable, script], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    loaded = set(done.stdout.split())
    assert "helpdesk_api.main" in loaded
    assert NOT_NEEDED & loaded == set()
