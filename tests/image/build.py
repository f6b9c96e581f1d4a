"""Builds the image from the Dockerfile without a Docker engine: buildah, on a base made of Debian's packages."""

from __future__ import annotations

import configparser
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[2]
# Debian 13 is what Docker Hub's python:3.13-slim is made of, and its own Python is 3.13.
BASE = "docker.io/library/python:3.13-slim"
SUITE = "trixie"
PACKAGES = "python3,python3-venv,ca-certificates,tzdata,netbase"


@dataclass(frozen=True)
class Builder:
    """buildah with a store of its own in `folder`."""

    folder: Path

    def __call__(self, command: str, *arguments: str) -> str:
        """Run one of buildah's commands; what it prints. What it says on the way is in `log`."""
        place = ("--root", str(self.folder / "store"), "--runroot", str(self.folder / "run"), "--storage-driver", "vfs")
        with (self.folder / "log").open("a") as log:
            done = subprocess.run(
                ["buildah", *place, command, *arguments], stdout=subprocess.PIPE, stderr=log, text=True, check=False
            )
            log.write(done.stdout)
        if done.returncode:
            sys.exit(f"buildah {command} failed:\n{(self.folder / 'log').read_text()[-4000:]}")
        return done.stdout.strip()

    def mounted(self, image: str) -> tuple[str, Path]:
        """A container of an image, and the folder its files are in."""
        container = self("from", "--pull-never", image)
        return container, Path(self("mount", container))

    def config(self, image: str) -> dict[str, Any]:
        """What the image says of itself."""
        found: dict[str, Any] = json.loads(self("inspect", "--type", "image", image))["Docker"]["config"]
        return found

    def has(self, image: str) -> bool:
        """Whether the store has an image of this name."""
        return image in self("images", "--format", "{{.Name}}:{{.Tag}}").splitlines()


def make_base(buildah: Builder) -> None:
    """Make what the Dockerfile begins with, unless it is there from last time."""
    if buildah.has(BASE):
        return
    container = buildah("from", "scratch")
    root = Path(buildah("mount", container))
    with (buildah.folder / "log").open("a") as log:
        options = ("--variant=minbase", f"--include={PACKAGES}")
        subprocess.run(["debootstrap", *options, SUITE, str(root)], stdout=log, stderr=log, check=True)
    for name in ("python", "python3"):
        (root / "usr/local/bin" / name).symlink_to("/usr/bin/python3")
    for cached in (*root.glob("var/cache/apt/archives/*.deb"), *root.glob("var/lib/apt/lists/*_*")):
        cached.unlink()
    buildah("config", "--env", "PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", container)
    buildah("commit", "--rm", "--format", "docker", container, BASE)


def build(buildah: Builder, tag: str, requirements: str) -> None:
    """Build the Dockerfile with one of the locks."""
    isolated = ("--isolation", "chroot", "--format", "docker", "--pull-never")
    arguments = ("--build-arg", f"REQUIREMENTS={requirements}", "--tag", tag)
    volumes = [word for volume in _pip_of_this_machine(buildah.folder) for word in ("--volume", volume)]
    buildah("bud", *isolated, *arguments, *volumes, str(ROOT))


def _pip_of_this_machine(folder: Path) -> list[str]:
    """Volumes that let pip in the build find packages where this machine's pip does, whatever that is set to."""
    said = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    ).stdout
    settings = {}
    for line in said.splitlines():
        name, _, value = line.partition("=")
        settings[name.rpartition(".")[2]] = value.strip("'")
    config = configparser.RawConfigParser()
    config["global"] = settings
    with (folder / "pip.conf").open("w") as file:
        config.write(file)
    volumes = [f"{folder / 'pip.conf'}:/etc/pip.conf:ro"]
    named = {_place(word) for value in settings.values() for word in value.split()} - {None}
    return volumes + [f"{path}:{path}:ro" for path in sorted(map(str, named))]


def _place(word: str) -> Path | None:
    """The file or folder that a word of pip's configuration names."""
    address = urlsplit(word)
    path = Path(address.path)
    if address.scheme not in ("", "file") or not path.is_absolute() or not path.exists():
        return None
    # An index refers to files beside it.
    return path.parent if address.scheme == "file" and path.parent != Path("/") else path
