"""Files looked at by ClamAV's daemon before they are kept: its INSTREAM command, spoken over asyncio's streams.

The protocol is described in clamd(8): a command that begins with `z` and ends with NUL, then chunks, each after its
length in four bytes, and a chunk of no length as the end; the verdict is one line that ends with NUL.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress

from helpdesk_api.storage.errors import FileRefused, ScannerUnavailable, TooLargeToScan
from helpdesk_api.storage.incoming import IncomingFile

_log = logging.getLogger(__name__)
_CHUNK = 1024 * 1024
_CONNECT_SECONDS = 5
_SEND_SECONDS = 30
# ClamAV gives a file two minutes by itself (MaxScanTime).
_VERDICT_SECONDS = 150
_NETWORK_ADDRESS = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+)):(?P<port>[0-9]{1,5})")


class ClamAV:
    """A scanner at `address`: `host:port`, `[IPv6]:port` or the absolute path of a socket.

    Raises ValueError for anything else. Each file has a connection of its own, for no longer than the scan takes.
    """

    def __init__(self, address: str) -> None:
        network = _NETWORK_ADDRESS.fullmatch(address)
        if network is None and not address.startswith("/"):
            raise ValueError("must be host:port or the absolute path of a socket")
        self._address = address
        self._network = (network["six"] or network["name"], int(network["port"])) if network else None
        if self._network is not None and not 0 < self._network[1] < 65536:
            raise ValueError("has no port between 1 and 65535")

    async def __call__(self, file: IncomingFile) -> None:
        """Have a finished file scanned.

        Raises `FileRefused` where something was found, `TooLargeToScan`, and `ScannerUnavailable` without a verdict.
        """
        verdict = await self._ask(b"zINSTREAM\0", file)
        if verdict.endswith(" OK"):
            return
        if verdict.endswith(" FOUND"):
            found = verdict.removeprefix("stream: ").removesuffix(" FOUND")
            _log.warning("virus found: %s", found)
            raise FileRefused(f"A virus was found in this file: {found}.")
        if verdict.startswith("INSTREAM size limit exceeded"):
            raise TooLargeToScan("The file is larger than the virus scanner takes.")
        raise ScannerUnavailable(f"ClamAV says: {verdict}")

    async def check(self) -> None:
        """Raise `ScannerUnavailable` unless the daemon answers."""
        answer = await self._ask(b"zPING\0")
        if answer != "PONG":
            raise ScannerUnavailable(f"ClamAV says: {answer}")

    async def _ask(self, command: bytes, file: IncomingFile | None = None) -> str:
        try:
            async with self._connected() as (reader, writer):
                # Listening all the while: the daemon says that it takes no more, and hangs up, in the middle of a file.
                verdict = asyncio.ensure_future(reader.readuntil(b"\0"))
                verdict.add_done_callback(_look_at)
                try:
                    with suppress(ConnectionError):  # what it said before it hung up counts
                        await _send(writer, verdict, command, file)
                    async with asyncio.timeout(_VERDICT_SECONDS):
                        return (await verdict)[:-1].decode(errors="replace")
                finally:
                    verdict.cancel()
        except TimeoutError as error:
            raise ScannerUnavailable("ClamAV did not answer in time") from error
        except (OSError, EOFError, UnicodeError, asyncio.LimitOverrunError) as error:
            raise ScannerUnavailable(f"ClamAV cannot be asked: {error}") from error

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        async with asyncio.timeout(_CONNECT_SECONDS):
            if self._network is not None:
                reader, writer = await asyncio.open_connection(*self._network)
            else:
                reader, writer = await asyncio.open_unix_connection(self._address)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()  # closing would wait for a daemon that has stopped reading
            with suppress(OSError):
                await writer.wait_closed()


def _look_at(verdict: asyncio.Future[bytes]) -> None:
    """Keep asyncio from complaining of an error nobody asked for, since another one came first."""
    if not verdict.cancelled():
        verdict.exception()


async def _send(
    writer: asyncio.StreamWriter, verdict: asyncio.Future[bytes], command: bytes, file: IncomingFile | None
) -> None:
    writer.write(command)
    if file is not None:
        async with aclosing(file.chunks(_CHUNK)) as chunks:
            async for chunk in chunks:
                writer.writelines((len(chunk).to_bytes(4), chunk))
                async with asyncio.timeout(_SEND_SECONDS):
                    await writer.drain()
                if verdict.done():
                    return
        writer.write(bytes(4))
    async with asyncio.timeout(_SEND_SECONDS):
        await writer.drain()
