"""Runs a built image's file system as a container engine would: its account, a read-only root, one volume."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

LISTENS = re.compile(r"listens on http://\S+:(\d+)")

# In mount and process namespaces of its own, whose end takes everything in them along.
START = """set -eu
mount --make-rprivate /
mount --bind {root} {root}
mount --rbind /dev {root}/dev
mount -t proc proc {root}/proc
mount -t tmpfs -o mode=1777 tmpfs {root}/tmp
{binds}
mount -o remount,bind,ro {root}
exec chroot {root} {command}
"""


@dataclass
class Container:
    """An image's file system, what the image says of itself, and the folder that is its volume."""

    root: Path
    config: dict[str, Any]
    data: Path
    # Folders of this machine that are there under the same name.
    shared: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Give the volume to the image's account."""
        self.data.mkdir(exist_ok=True)
        user, _, group = self.config["User"].partition(":")
        shutil.chown(self.data, int(user), int(group))

    def command(self, arguments: list[str], **variables: str) -> list[str]:
        """The command line that runs something in it, as its account, without privileges."""
        user, _, group = self.config["User"].partition(":")
        given = [*self.config["Env"], *(f"HELPDESK_{name}={value}" for name, value in variables.items())]
        account = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--no-new-privs"]
        inside = [*account, "--inh-caps=-all", "--bounding-set=-all", "env", "-i", "-C", "/app", *given, *arguments]
        folders = [(self.data, "/data"), *((folder, str(folder)) for folder in self.shared)]
        binds = "\n".join(
            f"mkdir -p {self.root}{target}; mount --bind {source} {self.root}{target}" for source, target in folders
        )
        script = START.format(root=self.root, binds=binds, command=shlex.join(inside))
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script]

    def run(self, *arguments: str, **variables: str) -> str:
        """Run something to its end; what it printed."""
        done = subprocess.run(self.command(list(arguments), **variables), capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{arguments} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    @contextmanager
    def serving(self, log: Path, **variables: str) -> Iterator[tuple[str, float]]:
        """The image's own command; where it listens, and the seconds it took to be ready."""
        began = time.monotonic()
        with log.open("w") as output:
            command = self.command(self.config["Cmd"], PORT="0", HOST="127.0.0.1", **variables)
            process = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            url = _ready(process, log)
            yield url, time.monotonic() - began
            os.kill(_first_process(process), signal.Signals[self.config["StopSignal"]])
            if process.wait(timeout=60):
                raise SystemExit(f"the service ended with {process.returncode}:\n{log.read_text()}")
        finally:
            process.kill()
            process.wait()


def _first_process(process: subprocess.Popen[bytes]) -> int:
    """The process that is number 1 in its namespace, as a container's command is."""
    return int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text())


def _ready(process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait until the service is ready; where it listens."""
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        found = LISTENS.search(log.read_text())
        try:
            if found and httpx.get(f"http://127.0.0.1:{found[1]}/readyz").status_code == 200:
                return f"http://127.0.0.1:{found[1]}"
        except httpx.TransportError:
            pass
        time.sleep(0.02)
    raise SystemExit(f"the service did not become ready:\n{log.read_text()}")
