"""A media folder without room: 507 and nothing left behind, everything else goes on, and room again is enough."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx

from suffering import Sufferer

MIB = 1024 * 1024


def small_disk(sufferer: Sufferer) -> tuple[Callable[[], None], Callable[[], None]]:
    """What takes the room of the media folder away, and what gives it back.

    A file system of 64 MiB that is full, where one can be mounted; half of it is taken from the start, so that there
    is something to give back even where the service fills the rest. A container may not allow that even root: there
    the kernel refuses the service's processes every file of more than 1 MiB.
    """
    media = sufferer.service.media
    if os.geteuid() == 0:
        mount = ["mount", "-t", "tmpfs", "-o", "size=64m,mode=0700", "tmpfs", str(media)]
        if subprocess.run(mount, check=False, capture_output=True).returncode == 0:
            ballast = media / ".ballast"
            ballast.write_bytes(bytes(32 * MIB))
            return lambda: _fill(ballast), lambda: ballast.unlink()
    return lambda: _limit(sufferer, MIB), lambda: _limit(sufferer, resource.RLIM_INFINITY)


def _fill(ballast: Path) -> None:
    with ballast.open("ab") as file:
        try:
            while True:
                file.write(bytes(64 * 1024))
                file.flush()
        except OSError:
            pass
        finally:
            os.truncate(ballast, ballast.stat().st_size // 4096 * 4096)


def _limit(sufferer: Sufferer, size: int) -> None:
    for pid in sufferer.worker_processes():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


async def test_a_full_disk_refuses_files_and_nothing_else(sufferer: Sufferer) -> None:
    fill, make_room = small_disk(sufferer)
    media = sufferer.service.media
    try:
        async with sufferer.at_work() as desk:
            await asyncio.sleep(0.5)
            await asyncio.to_thread(fill)
            await asyncio.sleep(2)
            big = ("big.png", bytes(4 * MIB), "image/png")
            form = {"ticket": str(desk.upload_ticket)}
            refused = await desk.client.post("/api/files/", data=form, files={"file": big})
            spoken = await desk.client.post(
                "/flicket-api/uploads", data={"topic_id": str(desk.support_ticket)}, files={"file": big}
            )
            tickets = sufferer.ledger.kinds["support ticket"]
            await asyncio.sleep(1)
            assert sufferer.ledger.kinds["support ticket"] > tickets
        assert (refused.status_code, refused.json()) == (507, {"detail": "There is no room left for files."})
        assert (spoken.status_code, spoken.json()) == (
            507,
            {"error": "Insufficient Storage", "message": "There is no room left for files."},
        )
        assert sufferer.ledger.refused[507] > 0
        await asyncio.to_thread(make_room)
        await sufferer.assert_nothing_is_lost(least=10)
        async with httpx.AsyncClient(base_url=sufferer.url, headers=sufferer.headers) as client:
            again = await client.post("/api/files/", data=form, files={"file": ("a.png", bytes(2 * MIB))})
        assert again.status_code == 200
        await sufferer.stop()
        await sufferer.start()
        await sufferer.assert_nothing_is_lost(least=10)
    finally:
        # A mount that is not one is no matter.
        await asyncio.to_thread(subprocess.run, ["umount", "--lazy", str(media)], check=False, capture_output=True)
