"""TLS is about the name, whatever address it leads to."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from helpdesk_api.egress.client import NoAnswer, web_client
from helpdesk_api.egress.destinations import Destinations
from receiver import Receiver, receiving


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for hooks.example.com, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=hooks.example.com"
    more = ["-addext", "subjectAltName=DNS:hooks.example.com", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command.split(), *more], check=True, capture_output=True)
    return certificate, key


async def loopback(_host: str, _port: int) -> Sequence[str]:
    """Every name leads here."""
    return ["127.0.0.1"]


@pytest.mark.parametrize(
    ("name", "trusted", "reason"),
    [
        ("hooks.example.com", True, None),
        ("other.example.com", True, "Hostname mismatch"),
        ("127.0.0.1", True, "IP address mismatch"),
        ("hooks.example.com", False, "self-signed certificate"),
    ],
)
async def test_a_certificate_must_be_good_and_for_the_name(
    certificate: tuple[Path, Path], name: str, trusted: bool, reason: str | None
) -> None:
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(*certificate)
    known = ssl.create_default_context(cafile=certificate[0] if trusted else None)
    async with (
        web_client(Destinations(["127.0.0.1"]), ssl_context=known, resolver=loopback) as web,
        receiving(Receiver(), server) as receiver,
    ):
        url = f"https://{name}:{receiver.port}/"
        if reason is None:
            assert (await web.post(url, {}, b"{}")).status == 204
        else:
            with pytest.raises(NoAnswer, match=reason):
                await web.post(url, {}, b"{}")
            assert receiver.received == []
