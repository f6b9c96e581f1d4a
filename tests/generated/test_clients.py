"""Clients made of /openapi.json by generators people use: they are whole, pass a type checker, and do their work."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from live_service import LiveService

HERE = Path(__file__).parent
# make test-clients puts them there.
PYTHON_TOOLS = HERE.parents[1] / ".venv-clients" / "bin"
NODE_TOOLS = HERE / "node_modules" / ".bin"
# The rest of the package comes from the generator as it is, whatever the document says.
OF_THE_DOCUMENT = ["helpdesk_client/api", "helpdesk_client/models"]


def run(folder: Path, *command: str | Path) -> str:
    """What a command says, which must not fail."""
    path = f"{PYTHON_TOOLS}:{NODE_TOOLS}:{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_a_python_client(service: LiveService, document: Path, tmp_path: Path) -> None:
    shutil.copy(HERE / "play.py", tmp_path)
    generate = ["openapi-python-client", "generate", "--path", document, "--meta", "none"]
    # It warns of each part of the document that it leaves out.
    assert run(tmp_path, *generate, "--output-path", "helpdesk_client") == "Generating helpdesk_client\n"
    checked = run(tmp_path, "mypy", "--strict", "--follow-imports=silent", "play.py", *OF_THE_DOCUMENT)
    assert checked.startswith("Success: no issues found")
    run(tmp_path, PYTHON_TOOLS / "python", "play.py", service.url, service.password)


def test_a_typescript_client(service: LiveService, document: Path, tmp_path: Path) -> None:
    for name in ("package.json", "tsconfig.json", "play.ts"):
        shutil.copy(HERE / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(HERE / "node_modules")
    run(tmp_path, "openapi-typescript", document, "--output", "helpdesk.d.ts")
    run(tmp_path, "tsc")
    run(tmp_path, "node", "build/play.js", service.url, service.password)
