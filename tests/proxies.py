"""nginx and Caddy with the configurations of `deploy/`, in front of the service, for tests."""

from __future__ import annotations

import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from live_service import wait_until

DEPLOY = Path(__file__).parents[1] / "deploy"
HOST = "help.example.com"
# As Debian's: for the programs that only an administrator has in the path.
PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"

NGINX_AROUND = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
{user}
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""
CADDY_AROUND = """{{
	admin off
	auto_https off
	storage file_system {folder}
}}
"""


@dataclass(frozen=True)
class Proxy:
    """A running proxy."""

    folder: Path
    port: int
    plain_port: int

    @property
    def context(self) -> ssl.SSLContext:
        """Trust in the certificate it was given."""
        return ssl.create_default_context(cafile=str(self.folder / "certificate.pem"))

    def client(self, **options: object) -> httpx.Client:
        """A client that finds help.example.com at the proxy."""
        transport = ThroughProxy(self.context, self.port)
        return httpx.Client(transport=transport, base_url=f"https://{HOST}", timeout=60, **options)  # type: ignore[arg-type]

    def connect(self) -> ssl.SSLSocket:
        """A connection of one's own."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        return self.context.wrap_socket(connection, server_hostname=HOST)


class ThroughProxy(httpx.HTTPTransport):
    """Sends everything to one port, as if the name resolved to it."""

    def __init__(self, context: ssl.SSLContext, port: int) -> None:
        super().__init__(verify=context)
        self._port = port

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        request.url = request.url.copy_with(host="127.0.0.1", port=self._port)
        request.extensions["sni_hostname"] = HOST
        return super().handle_request(request)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def replaced(content: str, changes: dict[str, str]) -> str:
    """The content with each thing replaced by another; it has every one of them."""
    for old, new in changes.items():
        assert old in content, old
        content = content.replace(old, new)
    return content


def make_certificate(folder: Path) -> None:
    """A certificate for help.example.com that signs itself."""
    subject = ("-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}", "-addext", "basicConstraints=CA:FALSE")
    kind = ("-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    files = ("-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem"))
    subprocess.run(["openssl", "req", *kind, *subject, *files], check=True, capture_output=True)


@contextmanager
def nginx(folder: Path, services: list[int]) -> Iterator[Proxy]:
    """deploy/nginx.conf, with ports and a certificate of this test's own."""
    proxy = Proxy(folder, free_port(), free_port())
    servers = "\n".join(f"    server 127.0.0.1:{port} max_fails=1 fail_timeout=2s;" for port in services)
    site = replaced(
        (DEPLOY / "nginx.conf").read_text(),
        {
            "    server 127.0.0.1:8000 max_fails=1 fail_timeout=2s;": servers,
            "listen 80;": f"listen 127.0.0.1:{proxy.plain_port};",
            "    listen [::]:80;\n": "",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{proxy.port} ssl http2;",
            "    listen [::]:443 ssl http2;\n": "",
            "/etc/ssl/certs/help.example.com.pem": str(folder / "certificate.pem"),
            "/etc/ssl/private/help.example.com.key": str(folder / "key.pem"),
        },
    )
    (folder / "site.conf").write_text(site)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(NGINX_AROUND.format(folder=folder, user=user))
    with _running(proxy, "nginx", "-p", str(folder), "-c", "nginx.conf", "-e", str(folder / "error.log")):
        yield proxy


@contextmanager
def caddy(folder: Path, services: list[int]) -> Iterator[Proxy]:
    """deploy/Caddyfile, with ports and a certificate of this test's own."""
    proxy = Proxy(folder, free_port(), free_port())
    certificate = f"\ttls {folder}/certificate.pem {folder}/key.pem"
    site = replaced(
        (DEPLOY / "Caddyfile").read_text(),
        {
            f"\n{HOST} {{": f"\nhttps://{HOST}:{proxy.port} {{\n\tbind 127.0.0.1\n{certificate}",
            "127.0.0.1:8000": " ".join(f"127.0.0.1:{port}" for port in services),
        },
    )
    if len(services) > 1:
        site = re.sub("# (lb_policy|health_|fail_duration)", r"\1", site)
    (folder / "Caddyfile").write_text(CADDY_AROUND.format(folder=folder) + site)
    with _running(proxy, "caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")):
        yield proxy


PROXIES = {"nginx": nginx, "caddy": caddy}


@contextmanager
def _running(proxy: Proxy, program: str, *arguments: str) -> Iterator[None]:
    make_certificate(proxy.folder)
    found = shutil.which(program, path=PATH)
    assert found is not None, f"there is no {program}"
    environment = {"PATH": PATH, "HOME": str(proxy.folder)}
    with (proxy.folder / "proxy.log").open("wb") as log:
        process = subprocess.Popen([found, *arguments], env=environment, stdout=log, stderr=log)
    try:
        wait_until(lambda: _listens(proxy, process), "the proxy did not start")
        yield
    finally:
        process.terminate()
        process.wait(timeout=40)


def _listens(proxy: Proxy, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, (proxy.folder / "proxy.log").read_text()
    try:
        socket.create_connection(("127.0.0.1", proxy.port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True
