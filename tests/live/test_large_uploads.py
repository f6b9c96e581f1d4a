"""Large files through a real server: memory stays flat, limits hold while bytes still come, a cut leaves nothing."""

from __future__ import annotations

import hashlib
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from live_service import LiveService, wait_until

MIB = 1024 * 1024
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads the kernel's count of a process's memory")


def open_ticket(service: LiveService, headers: dict[str, str]) -> str:
    """The id of a new ticket."""
    answer = httpx.post(f"{service.url}/api/tickets/", headers=headers, json={"limit": 2})
    return str(answer.json()["url"].split("/")[-2])


def peak(service: LiveService) -> int:
    """The most memory the process has held since the count was reset, in bytes."""
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def reset_peak(service: LiveService) -> int:
    """Begin counting anew; what is held now."""
    Path(f"/proc/{service.process.pid}/clear_refs").write_text("5")
    return peak(service)


def chunks(size: int, piece: bytes) -> Iterator[bytes]:
    for _ in range(size // len(piece)):
        yield piece


def published(service: LiveService) -> list[Path]:
    """Every file that was published."""
    return [path for path in service.media.glob("upload/**/*") if path.is_file()]


def under_way(service: LiveService) -> list[str]:
    """Every temporary file."""
    return [path.name for path in service.media.glob(".incoming/*") if path.suffix != ".lock"]


@linux
def test_a_large_file_comes_and_goes_in_little_memory(live: LiveService) -> None:
    headers = live.sign_in()
    ticket = open_ticket(live, headers)
    token = ("--header", f"Authorization: {headers['Authorization']}")
    big = live.folder / "big.zip"
    piece = bytes(range(256)) * 4096
    with big.open("wb") as file:
        file.writelines(chunks(64 * MIB, piece))
    for name in ("warm-up.png", "big.zip"):
        if name == "warm-up.png":
            live.folder.joinpath(name).write_bytes(piece)
        before = reset_peak(live)
        sent = live.curl(
            *token, "--form", f"ticket={ticket}", "--form", f"file=@{name}", "http://localhost:8000/api/files/"
        )
        assert name in sent
    assert peak(live) - before < 32 * MIB

    before = reset_peak(live)
    digest = hashlib.sha256()
    with httpx.stream("GET", f"{live.url}/media/upload/admin/big.zip", headers=headers) as answer:
        for received in answer.iter_bytes():
            digest.update(received)
    assert peak(live) - before < 32 * MIB
    assert digest.digest() == hashlib.sha256(big.read_bytes()).digest()
    assert answer.headers["etag"] == f'"{digest.hexdigest()}"'
    assert answer.headers["content-length"] == str(64 * MIB)


@pytest.mark.parametrize("environment", [{"HELPDESK_MAX_UPLOAD_SIZE": str(MIB)}])
def test_an_upload_past_the_limit_is_refused_while_it_still_comes(live: LiveService) -> None:
    headers = live.sign_in()
    ticket = open_ticket(live, headers)
    token = ("--header", f"Authorization: {headers['Authorization']}")
    live.folder.joinpath("big.zip").write_bytes(bytes(8 * MIB))
    form = ("--form", f"ticket={ticket}", "--form", "file=@big.zip")
    for more in ((), ("--header", "Transfer-Encoding: chunked")):
        status = live.curl(
            *token,
            *form,
            *more,
            "--output",
            "answer",
            "--write-out",
            "%{http_code}",
            "http://localhost:8000/api/files/",
        )
        assert status == "413"
        assert "larger than" in live.folder.joinpath("answer").read_text()
        assert (published(live), under_way(live)) == ([], [])
    shown = httpx.get(f"{live.url}/api/tickets/{ticket}/", headers=headers)
    assert shown.json()["status"] == "PENDING"


def test_an_upload_whose_client_goes_away_leaves_nothing(live: LiveService) -> None:
    headers = live.sign_in()
    ticket = open_ticket(live, headers)
    lines = [
        "POST /api/files/ HTTP/1.1",
        "Host: localhost",
        f"Authorization: {headers['Authorization']}",
        "Content-Type: multipart/form-data; boundary=b",
        f"Content-Length: {64 * MIB}",
        "",
        f'--b\r\nContent-Disposition: form-data; name="ticket"\r\n\r\n{ticket}',
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\n',
    ]
    with socket.create_connection(("127.0.0.1", live.port)) as connection:
        connection.sendall("\r\n".join(lines).encode() + bytes(8 * MIB))
        wait_until(lambda: under_way(live) != [], "the upload did not begin")
    wait_until(lambda: under_way(live) == [], "the temporary file stayed")
    assert published(live) == []
    assert httpx.get(f"{live.url}/api/files/", headers=headers).json()["count"] == 0
    shown = httpx.get(f"{live.url}/api/tickets/{ticket}/", headers=headers)
    assert shown.json()["status"] == "PENDING"
    # That a client goes away is no fault of the service.
    assert "Traceback" not in live.log
