"""ClamAV's daemon for tests: the real one with a signature list of its own, and stand-ins that misbehave."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from live_service import wait_until

# A harmless file that stands for a virus here, as EICAR's does for all scanners.
VIRUS = b"This is what the tests take for a virus."
VIRUS_NAME = "Helpdesk.Test.Virus"
# The daemon marks what comes from signatures that nobody signed.
REPORTED_NAME = f"{VIRUS_NAME}.UNOFFICIAL"
STREAM_LIMIT = 1024 * 1024
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

CONFIGURATION = """
Foreground yes
DatabaseDirectory {folder}/signatures
LocalSocket {folder}/clamd.sock
TemporaryDirectory {folder}
StreamMaxLength 1M
Bytecode no
"""


def find_clamd() -> str | None:
    """Where the real daemon is, if it is installed."""
    return shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin")


@asynccontextmanager
async def running_clamd(program: str, folder: Path) -> AsyncIterator[str]:
    """The real daemon, which knows one virus; the path of its socket."""
    folder.joinpath("signatures").mkdir()
    signature = f"{hashlib.md5(VIRUS, usedforsecurity=False).hexdigest()}:{len(VIRUS)}:{VIRUS_NAME}\n"
    folder.joinpath("signatures", "test.hdb").write_text(signature)
    folder.joinpath("clamd.conf").write_text(CONFIGURATION.format(folder=folder))
    with (folder / "clamd.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: ASYNC220  (it takes no time to begin)
            [program, "--config-file", folder / "clamd.conf"], stdout=log, stderr=log
        )
    try:
        await _wait_for(folder / "clamd.sock", process)
        yield str(folder / "clamd.sock")
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 30)


async def _wait_for(socket: Path, process: subprocess.Popen[bytes]) -> None:
    await asyncio.to_thread(wait_until, lambda: socket.exists() or process.poll() is not None, "clamd did not start")
    assert process.poll() is None, process.args


@asynccontextmanager
async def standing_in(answer: Answer) -> AsyncIterator[str]:
    """A server that answers each connection as it is told; its address."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with server:
        yield f"{host}:{port}"


async def read_stream(reader: asyncio.StreamReader) -> bytes:
    """What a client sends with INSTREAM, put together again."""
    assert await reader.readexactly(10) == b"zINSTREAM\0"
    content = bytearray()
    while length := int.from_bytes(await reader.readexactly(4)):
        content += await reader.readexactly(length)
    return bytes(content)


def saying(verdict: bytes) -> Answer:
    """Takes the whole file, then says this and hangs up."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_stream(reader)
        writer.write(verdict)
        writer.close()
        await writer.wait_closed()

    return answer


async def finding(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Finds the virus of the tests."""
    infected = VIRUS in await read_stream(reader)
    writer.write(f"stream: {VIRUS_NAME} FOUND\0".encode() if infected else b"stream: OK\0")
    writer.close()
    await writer.wait_closed()


async def ponging(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers whoever asks whether it is there."""
    assert await reader.readexactly(6) == b"zPING\0"
    writer.write(b"PONG\0")
    writer.close()
    await writer.wait_closed()
