"""What is left of processes killed with -9, and what becomes of it at the next start."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from helpdesk_api.storage.files import LocalFiles
from helpdesk_api.storage.sweep import SweepReport
from media_folder import kept

# One other process of the service. It says when it is at the point it was started for, and waits there.
PROCESS = """
import asyncio, sys
from pathlib import Path
from helpdesk_api.storage.files import LocalFiles

async def receive(files, content):
    incoming = files.receive()
    await incoming.write(content)
    return incoming

async def publish(files, name):
    incoming = await receive(files, name.encode())
    await incoming.finish()
    return await files.publish(incoming, "upload/alice", name)

async def pause():
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)

async def receiving(files):
    incoming = await receive(files, bytes(2 * 1024 * 1024))
    await pause()
    await incoming.write(b"the end")
    await incoming.finish()
    await files.settle(await files.publish(incoming, "upload/alice", "received.bin"))

async def publishing(files):
    stored = [await publish(files, name) for name in ("committed.txt", "rolled-back.txt")]
    await pause()
    for file in stored:
        await files.settle(file)

async def removing(files):
    for name in ("committed.txt", "rolled-back.txt"):
        await files.settle(await publish(files, name))
    removal = await files.plan_removal("upload/alice/committed.txt", "upload/alice/rolled-back.txt")
    await pause()
    await files.finish_removal(removal)

async def working(files):
    database = open(sys.argv[2] + ".log", "a")

    def commit(sign, path):
        database.write(f"{sign}{path}\\n")
        database.flush()

    async def work():
        for round in range(1000):
            stored = await publish(files, "same-name.txt")
            if round % 3 == 2:
                await files.withdraw(stored)
                continue
            commit("+", stored.path)
            await files.settle(stored)
            if round % 3 == 1:
                removal = await files.plan_removal(stored.path)
                commit("-", stored.path)
                await files.finish_removal(removal)

    print("ready", flush=True)
    await asyncio.gather(*(work() for _ in range(8)))

async def main():
    files = LocalFiles(Path(sys.argv[2]))
    await globals()[sys.argv[1]](files)
    await files.close()

asyncio.run(main())
"""

Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def start(root: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def start_process(point: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", PROCESS, point, str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield start_process
    for process in started:
        process.kill()
        process.communicate()


def kill(process: "subprocess.Popen[str]") -> None:
    process.kill()
    assert process.wait() == -signal.SIGKILL


def let_go_on(process: "subprocess.Popen[str]") -> None:
    process.communicate("\n")
    assert process.returncode == 0


def everything_below(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_symlink() or not path.is_dir())


def committed_below(root: Path) -> list[str]:
    """The names of alice's files that a killed process had committed and not deleted."""
    lines = Path(f"{root}.log").read_text().splitlines() if Path(f"{root}.log").exists() else []
    last = {line[1:]: line[0] for line in lines}
    return [path.removeprefix("upload/alice/") for path, sign in last.items() if sign == "+"]


def rows(*names: str) -> Callable[[Sequence[str]], "asyncio.Future[set[str]]"]:
    """A database that has these of alice's files, and refuses to be asked about none."""
    known = {f"upload/alice/{name}" for name in names}

    def ask(paths: Sequence[str]) -> "asyncio.Future[set[str]]":
        assert paths
        answer: asyncio.Future[set[str]] = asyncio.get_running_loop().create_future()
        answer.set_result(known.intersection(paths))
        return answer

    return ask


async def test_a_sweep_of_a_folder_that_is_not_there_yet_finds_nothing(files: LocalFiles) -> None:
    assert await files.sweep(rows()) == SweepReport()


async def test_a_transfer_cut_by_a_kill_is_swept(files: LocalFiles, root: Path, start: Start) -> None:
    kill(start("receiving"))
    assert len(everything_below(root)) == 2
    assert await files.sweep(rows()) == SweepReport(discarded=1)
    assert everything_below(root) == []


async def test_a_transfer_of_a_live_process_is_not_touched(files: LocalFiles, root: Path, start: Start) -> None:
    process = start("receiving")
    assert await files.sweep(rows()) == SweepReport()
    let_go_on(process)
    assert (root / "upload/alice/received.bin").read_bytes() == bytes(2 * 1024 * 1024) + b"the end"
    assert await files.sweep(rows()) == SweepReport()
    assert everything_below(root) == ["upload/alice/received.bin"]


async def test_of_files_published_before_a_kill_those_with_a_row_stay(
    files: LocalFiles, root: Path, start: Start
) -> None:
    kill(start("publishing"))
    assert await files.sweep(rows("committed.txt")) == SweepReport(
        removed=("upload/alice/rolled-back.txt",), kept=("upload/alice/committed.txt",)
    )
    assert everything_below(root) == ["upload/alice/committed.txt"]
    assert await files.sweep(rows()) == SweepReport()


async def test_files_that_a_live_process_has_published_are_not_touched(
    files: LocalFiles, root: Path, start: Start
) -> None:
    process = start("publishing")
    assert await files.sweep(rows()) == SweepReport()
    let_go_on(process)
    await files.sweep(rows())
    assert everything_below(root) == ["upload/alice/committed.txt", "upload/alice/rolled-back.txt"]


async def test_of_files_planned_for_removal_before_a_kill_those_with_a_row_stay(
    files: LocalFiles, root: Path, start: Start
) -> None:
    kill(start("removing"))
    assert await files.sweep(rows("rolled-back.txt")) == SweepReport(
        removed=("upload/alice/committed.txt",), kept=("upload/alice/rolled-back.txt",)
    )
    assert everything_below(root) == ["upload/alice/rolled-back.txt"]


async def test_a_removal_under_way_in_a_live_process_is_not_touched(
    files: LocalFiles, root: Path, start: Start
) -> None:
    process = start("removing")
    assert await files.sweep(rows()) == SweepReport()
    let_go_on(process)
    await files.sweep(rows())
    assert everything_below(root) == []


async def test_a_file_that_took_the_name_of_a_swept_one_is_spared(files: LocalFiles, root: Path, start: Start) -> None:
    kill(start("publishing"))
    (root / "upload/alice/rolled-back.txt").unlink()
    (root / "upload/alice/rolled-back.txt").write_bytes(b"another file")
    assert await files.sweep(rows()) == SweepReport(discarded=1, removed=("upload/alice/committed.txt",))
    assert (root / "upload/alice/rolled-back.txt").read_bytes() == b"another file"


async def test_what_an_interrupted_sweep_left_is_left_to_the_next(files: LocalFiles, root: Path, start: Start) -> None:
    async def unreachable(_: Sequence[str]) -> set[str]:
        raise ConnectionError

    kill(start("publishing"))
    before = everything_below(root)
    with pytest.raises(ConnectionError):
        await files.sweep(unreachable)
    assert everything_below(root) == before
    await files.sweep(rows("committed.txt", "rolled-back.txt"))
    assert everything_below(root) == ["upload/alice/committed.txt", "upload/alice/rolled-back.txt"]


async def test_two_sweeps_at_once_do_not_get_in_each_others_way(files: LocalFiles, root: Path, start: Start) -> None:
    processes = [start(point) for point in ("receiving", "publishing", "receiving")]
    for process in processes:
        kill(process)
    first, second = await asyncio.gather(
        files.sweep(rows("committed.txt")), LocalFiles(root).sweep(rows("committed.txt"))
    )
    assert first + second == SweepReport(
        discarded=2, removed=("upload/alice/rolled-back.txt",), kept=("upload/alice/committed.txt",)
    )
    assert everything_below(root) == ["upload/alice/committed.txt"]


async def test_a_process_that_starts_in_the_midst_of_sweeps_is_not_taken_for_dead(
    files: LocalFiles, root: Path
) -> None:
    starting = [LocalFiles(root) for _ in range(50)]
    sweeps = [files.sweep(rows()) for _ in range(50)]
    await asyncio.gather(*[one.check_writable() for one in starting], *sweeps)
    stored = await asyncio.gather(*[kept(one, "a", "b.txt") for one in starting])
    for one in starting:
        await one.close()
    assert everything_below(root) == sorted([file.path for file in stored])


async def test_after_a_kill_at_any_moment_files_and_rows_are_the_same(
    files: LocalFiles, root: Path, start: Start
) -> None:
    for moment in range(8):
        process = start("working")
        await asyncio.sleep(moment * 0.02)
        kill(process)
        stored = committed_below(root)
        await files.sweep(rows(*stored))
        assert everything_below(root) == sorted(f"upload/alice/{name}" for name in stored)


async def test_files_of_others_in_the_folder_of_temporary_names_are_left_alone(
    files: LocalFiles, root: Path, start: Start
) -> None:
    kill(start("receiving"))
    (root / ".incoming/README").write_text("hands off")
    (root / ".incoming/0123456789abcdef-note.part").write_text("hands off")
    await files.sweep(rows())
    assert everything_below(root) == [".incoming/0123456789abcdef-note.part", ".incoming/README"]


async def test_a_note_without_its_file_is_swept(files: LocalFiles, root: Path, start: Start) -> None:
    kill(start("publishing"))
    for name in everything_below(root):
        if name.endswith(".part"):
            (root / name).unlink()
    assert await files.sweep(rows()) == SweepReport(discarded=2)
    assert everything_below(root) == ["upload/alice/committed.txt", "upload/alice/rolled-back.txt"]


async def test_a_process_that_ends_in_order_leaves_no_trace(root: Path) -> None:
    files = LocalFiles(root)
    await files.check_writable()
    await files.close()
    assert everything_below(root) == []
