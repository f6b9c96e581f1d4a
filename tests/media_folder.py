"""A media folder in tests: putting files in, and seeing what is really there."""

from pathlib import Path

from helpdesk_api.storage.files import LocalFiles, StoredFile
from helpdesk_api.storage.incoming import IncomingFile


async def received(files: LocalFiles, content: bytes = b"content") -> IncomingFile:
    incoming = files.receive()
    await incoming.write(content)
    await incoming.finish()
    return incoming


async def kept(files: LocalFiles, folder: str, name: str, content: bytes = b"content") -> StoredFile:
    stored = await files.publish(await received(files, content), folder, name)
    await files.settle(stored)
    return stored


def files_below(root: Path) -> list[str]:
    """Everything that is not a folder or a process's lock."""
    below = (path for path in root.rglob("*") if path.is_symlink() or not path.is_dir())
    return sorted(str(path.relative_to(root)) for path in below if path.suffix != ".lock")
