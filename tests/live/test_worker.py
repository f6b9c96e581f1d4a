"""`helpdesk-api worker`: the background work of a service that does none itself, by any number of processes."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from helpdesk_api.db.revisions import head
from live_service import PROGRAM, LiveService, wait_until

Start = Callable[..., LiveService]


@contextmanager
def worker(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A worker on the data of the service in `folder`, at work."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HELPDESK_")}
    environment = inherited | {"HELPDESK_DATA_DIR": str(folder / "var")}
    with subprocess.Popen(
        [PROGRAM, "worker"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "helpdesk-api does the background work\n"
            yield process
        finally:
            process.kill()


def test_workers_do_what_the_service_leaves_to_them(start: Start, live_folder: Path) -> None:
    service = start(BACKGROUND_WORK="false")
    headers = service.sign_in()

    def open_ticket() -> None:
        httpx.post(f"{service.url}/api/tickets/", headers=headers, json={"limit": 1}).raise_for_status()

    def sequences() -> list[int]:
        page = httpx.get(f"{service.url}/api/events/", headers=headers).json()
        return [event["sequence"] for event in page["results"]]

    open_ticket()
    assert sequences() == []
    with ExitStack() as stack:
        processes = [stack.enter_context(worker(live_folder)) for _ in range(2)]
        wait_until(lambda: sequences() == [1, 2], "the events were not numbered")
        processes[0].kill()
        open_ticket()
        wait_until(lambda: sequences() == [1, 2, 3], "the event was not numbered")
        processes[1].send_signal(signal.SIGTERM)
        assert processes[1].wait(timeout=40) == 0
        assert processes[1].stderr is not None
        assert processes[1].stderr.read() == ""


def test_a_worker_needs_a_schema_that_is_up_to_date(tmp_path: Path, server_url: str) -> None:
    """As `serve` does, on a database of one's own."""
    done = subprocess.run(
        [PROGRAM, "worker"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HELPDESK_DATABASE_URL": server_url},
        capture_output=True,
        text=True,
        timeout=60,
    )
    said = f"helpdesk-api: the database's schema is at none, need {head()}: run `helpdesk-api migrate`.\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)
