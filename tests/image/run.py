"""`make image-test`: build the image for real, look at what is in it, start it and speak each dialect with it.

As root on Debian, with buildah and debootstrap; HELPDESK_TEST_DATABASE_URL names a PostgreSQL server.
The first run makes a base image, which later ones find again in --folder.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

import httpx
from build import BASE, Builder, build, make_base
from container import Container
from database import database_of_its_own

PASSWORD = "a password for a test"
LOCKS = {"outside": "requirements-production.lock", "embedded": "requirements.lock"}
# Nothing that builds or installs, and nothing that is only left over from building.
UNWANTED = (
    "build", "builder", "root/.cache", "data/*", "tmp/*",
    "app/bin/pip*", "app/bin/uv", "app/lib/python*/site-packages/pip", "app/lib/python*/site-packages/hatchling",
    "app/lib/python*/site-packages/pytest", "app/lib/python*/site-packages/mypy", "app/src",
    "usr/bin/gcc*", "usr/bin/cc", "usr/bin/make", "usr/bin/git", "usr/include/python*/Python.h",
    "usr/lib/*-linux-gnu/libc.a",
)  # fmt: skip


def main() -> None:
    """Build both images, and try each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "helpdesk-image")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    buildah = Builder(folder)
    (folder / "log").write_text("")
    make_base(buildah)
    for kind, lock in LOCKS.items():
        tag = f"localhost/helpdesk-api:{kind}"
        build(buildah, tag, lock)
        try_image(buildah, kind, tag)


def try_image(buildah: Builder, kind: str, tag: str) -> None:
    """Say what an image holds, then run it."""
    name, root = buildah.mounted(tag)
    try:
        report_contents(kind, buildah, root, tag)
        with tempfile.TemporaryDirectory(prefix="hd-") as volume:
            Path(volume).chmod(0o755)
            container = Container(root, buildah.config(tag), Path(volume) / "data")
            serve_embedded(container) if kind == "embedded" else serve_outside(container)
    finally:
        buildah("rm", name)


def report_contents(kind: str, buildah: Builder, root: Path, tag: str) -> None:
    """Print sizes; end the run where something is in the image that should not be."""
    found = sorted(str(path.relative_to(root)) for pattern in UNWANTED for path in root.glob(pattern))
    config = buildah.config(tag)
    packages = len(list(root.glob("app/lib/python*/site-packages/*.dist-info")))
    added, sent = size(root) - base_size(buildah), packed(buildah, tag)
    print(f"{kind}: {added:.1f} MB on the base ({packages} packages), {sent:.1f} MB packed")
    print(f"  user {config['User']}, stops by {config['StopSignal']}, checks {config['Healthcheck']['Test'][1]}")
    if found or config["User"] != "10001:10001" or config["StopSignal"] != "SIGTERM":
        raise SystemExit(f"the image is not as it should be: {found}, {config}")


def size(folder: Path) -> float:
    """The megabytes of the files in a folder."""
    return int(subprocess.run(["du", "-sb", folder], check=True, capture_output=True).stdout.split()[0]) / 1e6


def base_size(buildah: Builder) -> float:
    """The megabytes of the base image's files."""
    name, root = buildah.mounted(BASE)
    found = size(root)
    buildah("rm", name)
    return found


def packed(buildah: Builder, tag: str) -> float:
    """The megabytes a registry would get of the layers that are not the base's."""
    sizes = []
    for image in (tag, BASE):
        out = buildah.folder / "packed"
        shutil.rmtree(out, ignore_errors=True)
        buildah("push", image, f"dir:{out}")
        sizes.append(size(out))
    return sizes[0] - sizes[1]


def serve_outside(container: Container) -> None:
    """Migrate an outside database and serve it."""
    with database_of_its_own() as (url, folder):
        container = Container(container.root, container.config, container.data, [folder] if folder else [])
        settings = {"DATABASE_URL": url, "ADMIN_PASSWORD": PASSWORD}
        print("  " + container.run("helpdesk-api", "migrate", **settings))
        serve(container, "outside PostgreSQL", **settings)


def serve_embedded(container: Container) -> None:
    """Serve from a new data folder, and from one that has data."""
    for start in ("first start", "second start"):
        serve(container, f"embedded PostgreSQL, {start}", ADMIN_PASSWORD=PASSWORD)


def serve(container: Container, what: str, **settings: str) -> None:
    """Start the image, speak with it and stop it."""
    log = container.data.parent / "log"
    with container.serving(log, **settings) as (url, seconds):
        speak(url)
        check = container.config["Healthcheck"]["Test"][1:]
        container.run(*check, PORT=url.rpartition(":")[2])
    print(f"  {what}: ready after {seconds:.1f} s, spoke three dialects, healthy, stopped")
    written = sorted(path.name for path in container.data.iterdir())
    print(f"  in /data: {', '.join(written)}; nothing else is writable")


def speak(url: str) -> None:
    """One job in each dialect."""
    with httpx.Client(base_url=url, timeout=60) as client:
        account = {"username": "admin", "password": PASSWORD}
        token = expect(200, client.post("/api-token-auth/", json=account))["token"]
        signed = {"Authorization": f"Token {token}"}
        ticket = expect(200, client.post("/api/tickets/", headers=signed, json={"limit": 1}))
        form = {"ticket": ticket["url"].split("/")[-2]}
        sent = expect(200, client.post("/api/files/", headers=signed, data=form, files={"file": ("a.txt", b"text")}))
        if client.get(sent["file"], headers=signed).content != b"text":
            raise SystemExit("the file did not come back")
        basic = ("admin", PASSWORD)
        new = {"queue": 1, "title": "Printer on fire", "submitter_email": "jblogs@example.com", "priority": 1}
        number = expect(201, client.post("/api/tickets/", auth=basic, json=new))["id"]
        token = expect(200, client.post("/flicket-api/tokens", auth=basic))["token"]
        bearer = {"Authorization": f"Bearer {token}"}
        shown = expect(200, client.get(f"/flicket-api/ticket/{number}", headers=bearer))
        if shown["title"] != new["title"]:
            raise SystemExit(f"Flicket's API shows another ticket: {shown}")


def expect(status: int, answer: httpx.Response) -> dict[str, str]:
    """The body of an answer that must have this status."""
    if answer.status_code != status:
        raise SystemExit(f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}")
    body: dict[str, str] = answer.json()
    return body


if __name__ == "__main__":
    main()
