"""Runs wrk and reads its figures."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from http_client import HOST

MISSING = "wrk is not installed. On Debian and Ubuntu: apt-get install wrk. Its source: https://github.com/wg/wrk"
# Requests are written before the clock starts; each thread of wrk sends them in turn.
_SCRIPT = """
local requests, turn = {{}}, 0
init = function(arguments)
{requests}
end
request = function()
  turn = turn % #requests + 1
  return requests[turn]
end
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format("\\nFIGURES %.0f %.0f %.0f %.0f %.0f %.0f\\n",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
"""


class WrkMissing(Exception):
    """There is no wrk on this machine."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as wrk sends it. `filler` zero bytes stand between the body's two halves."""

    method: str
    path: str
    authorization: str
    body: tuple[bytes, bytes] = (b"", b"")
    filler: int = 0
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Figures:
    """One run: how many requests in how many seconds, latencies in milliseconds, and what went wrong."""

    requests: int
    seconds: float
    p50: float
    p99: float
    refused: int
    broken: int

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def find() -> str:
    """Where wrk is. Raises `WrkMissing`, saying how to install it."""
    found = shutil.which("wrk")
    if found is None:
        raise WrkMissing(MISSING)
    return found


def version() -> str:
    """What wrk calls itself."""
    done = subprocess.run([find(), "-v"], capture_output=True, text=True, check=False)  # noqa: S603
    return " ".join(done.stdout.split("Copyright")[0].split())


def write_script(path: Path, requests: list[Request]) -> None:
    """Write the Lua script that sends these requests, one after the other and again from the start."""
    lines = [f"  requests[{number}] = {_lua_request(one)}" for number, one in enumerate(requests, 1)]
    path.write_text(_SCRIPT.format(requests="\n".join(lines)), encoding="ascii")


def run(script: Path, port: int, connections: int, seconds: float) -> Figures:
    """Send load to 127.0.0.1 for so many whole seconds."""
    threads = min(os.cpu_count() or 1, 4, connections)
    command = [find(), f"-t{threads}", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "30s"]
    done = subprocess.run(  # noqa: S603
        [*command, "-s", str(script), f"http://{HOST}:{port}/"], capture_output=True, text=True, check=True
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("FIGURES "))
    requests, duration, p50, p99, refused, broken = (int(word) for word in line.split()[1:])
    return Figures(requests, duration / 1e6, p50 / 1000, p99 / 1000, refused, broken)


def _lua_request(request: Request) -> str:
    headers = {"Authorization": request.authorization}
    body = "nil"
    if request.body[0]:
        headers["Content-Type"] = request.content_type
        filler = f' .. string.rep("\\0", {request.filler})' if request.filler else ""
        body = f"{_quoted(request.body[0])}{filler} .. {_quoted(request.body[1])}"
    fields = ", ".join(f"[{_quoted(name.encode())}] = {_quoted(value.encode())}" for name, value in headers.items())
    return f"wrk.format({_quoted(request.method.encode())}, {_quoted(request.path.encode())}, {{{fields}}}, {body})"


def _quoted(text: bytes) -> str:
    """A Lua string; whatever is not plain as a decimal escape."""
    plain = [chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03}" for byte in text]
    return '"' + "".join(plain) + '"'
