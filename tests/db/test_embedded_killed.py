"""The embedded PostgreSQL when the service, the server or both are killed: it stops, and nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from asyncpg import CannotConnectNowError
from sqlalchemy.exc import DBAPIError

from helpdesk_api.db.embedded import DataFolderInUse, EmbeddedPostgres, EmbeddedPostgresFailed
from helpdesk_api.db.errors import DatabaseUnavailable

needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="finds the server's processes in /proc")
_NEW_TABLE = "CREATE TABLE kept (number int)"
_ROWS = "SELECT number FROM kept ORDER BY number"


def watcher_pid(service):
    """The shell that waits for the service to end."""
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):
            text = status.read_text()
            if f"\nPPid:\t{service.process.pid}\n" in text and text.startswith("Name:\tsh\n"):
                return int(status.parent.name)
    raise AssertionError("no watcher")


def kill_all(pids):
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_a_killed_service_takes_its_server_down_cleanly(start_service):
    service = start_service()
    service.kill()
    assert service.server_ends()
    log = (service.data_dir / "postgres" / "server.log").read_text()
    assert "received fast shutdown request" in log
    assert log.endswith("database system is shut down\n")


def test_after_kill_9_of_the_service_the_next_start_has_every_row(start_service, run_sql):
    service = start_service()
    run_sql(service.url, _NEW_TABLE)
    for _ in range(4):
        run_sql(service.url, "INSERT INTO kept SELECT count(*) FROM kept")
        service.kill()
        service = start_service()
    assert run_sql(service.url, _ROWS) == [(0,), (1,), (2,), (3,)]


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_any_signal_that_ends_the_service_ends_the_server(start_service, end):
    service = start_service()
    service.process.send_signal(end)
    service.process.wait(30)
    assert service.server_ends()


@needs_proc
def test_the_terminals_ctrl_c_reaches_the_service_and_not_the_server(start_service):
    service = start_service()
    sessions = {os.getsid(pid) for pid in (service.postmaster(), watcher_pid(service))}
    assert os.getsid(service.process.pid) not in sessions


@needs_proc
def test_after_kill_9_of_the_server_the_next_start_has_every_row(start_service, run_sql):
    service = start_service()
    run_sql(service.url, _NEW_TABLE, "INSERT INTO kept VALUES (1)")
    os.kill(service.postmaster(), signal.SIGKILL)
    service.process.terminate()
    service.process.wait()
    assert (service.data_dir / "postgres" / "data" / "postmaster.pid").exists()
    assert run_sql(start_service().url, _ROWS) == [(1,)]


@needs_proc
def test_after_kill_9_of_everything_the_next_start_has_every_row(start_service, run_sql):
    service = start_service()
    run_sql(service.url, _NEW_TABLE, "INSERT INTO kept VALUES (1)")
    kill_all([watcher_pid(service), service.process.pid, *service.server_pids()])
    assert run_sql(start_service().url, _ROWS) == [(1,)]


@needs_proc
def test_a_server_that_lost_service_and_watcher_is_stopped_by_the_next_start(start_service, run_sql):
    service = start_service()
    run_sql(service.url, _NEW_TABLE, "INSERT INTO kept VALUES (1)")
    os.kill(watcher_pid(service), signal.SIGKILL)
    service.kill()
    assert service.server_is_alive()
    assert run_sql(start_service().url, _ROWS) == [(1,)]


def _is_interrupted(process: int) -> bool:
    """Whether a SIGINT waits for a stopped process; others, such as SIGCHLD, may wait too."""
    status = Path(f"/proc/{process}/status").read_text()
    waiting = next(line for line in status.splitlines() if line.startswith("ShdPnd:"))
    return bool(int(waiting.split()[1], 16) & 1 << signal.SIGINT - 1)


@needs_proc
def test_a_start_waits_for_a_dying_server(start_service, run_sql, comes_true):
    service = start_service()
    postmaster = service.postmaster()
    os.kill(postmaster, signal.SIGSTOP)
    service.kill()
    following = start_service(wait=False)
    # Its interruption of the old server tells that it is waiting.
    assert comes_true(lambda: _is_interrupted(postmaster))
    assert following.process.poll() is None
    os.kill(postmaster, signal.SIGCONT)
    assert run_sql(following.wait_for_url(), "SELECT 1") == [(1,)]


@needs_proc
def test_a_server_that_never_stops_is_named(start_service, monkeypatch):
    monkeypatch.setattr("helpdesk_api.db.embedded_locks._PATIENCE", 0.2)
    service = start_service()
    postmaster = service.postmaster()
    os.kill(postmaster, signal.SIGSTOP)
    service.kill()
    with pytest.raises(EmbeddedPostgresFailed, match=rf"\(process {postmaster}\) still runs in "):
        EmbeddedPostgres(service.data_dir).start()
    os.kill(postmaster, signal.SIGCONT)


@needs_proc
def test_a_server_that_ignores_its_shutdown_is_killed_and_has_every_row_at_the_next_start(
    tmp_path, run_sql, monkeypatch
):
    patience = [(end, 0.2) for end in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)]
    monkeypatch.setattr("helpdesk_api.db.embedded_server._SHUTDOWN_PATIENCE", patience)
    with EmbeddedPostgres(tmp_path) as server:
        run_sql(server.url, _NEW_TABLE, "INSERT INTO kept VALUES (1)")
        postmaster = int((tmp_path / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(postmaster, signal.SIGSTOP)
    with EmbeddedPostgres(tmp_path) as server:
        assert run_sql(server.url, _ROWS) == [(1,)]


@needs_proc
def test_a_server_that_somebody_started_by_hand_is_left_alone(tmp_path):
    with EmbeddedPostgres(tmp_path):
        data = tmp_path / "postgres" / "data"
        program = Path(f"/proc/{(data / 'postmaster.pid').read_text().splitlines()[0]}/exe").readlink()
    command = [program, "-D", "/proc/self/cwd", "-c", "unix_socket_directories=.", "-c", "listen_addresses="]
    by_hand = subprocess.Popen(command, cwd=data, user=data.stat().st_uid, stderr=subprocess.PIPE, text=True)
    assert by_hand.stderr is not None
    while "ready to accept connections" not in by_hand.stderr.readline():
        assert by_hand.poll() is None
    with pytest.raises(DataFolderInUse, match=f"Another PostgreSQL server is running on the data folder {data}"):
        EmbeddedPostgres(tmp_path).start()
    assert by_hand.poll() is None
    by_hand.send_signal(signal.SIGINT)
    by_hand.communicate()


def test_a_running_service_is_in_use_but_a_killed_one_is_not(start_service):
    service = start_service()
    with pytest.raises(DataFolderInUse):
        EmbeddedPostgres(service.data_dir).start()
    service.kill()
    with EmbeddedPostgres(service.data_dir):
        pass


@needs_proc
@pytest.mark.parametrize("and_initdb", [False, True], ids=["service", "service and initdb"])
def test_a_first_start_killed_half_way_is_begun_anew(start_service, run_sql, comes_true, and_initdb):
    service = start_service(wait=False)
    assert comes_true(lambda: list((service.data_dir / "postgres").glob("new-*/PG_VERSION")) != [])
    service.kill()
    kill_all(service.server_pids() if and_initdb else [])
    following = start_service()
    assert run_sql(following.url, "SELECT current_database()") == [("helpdesk",)]
    assert list((service.data_dir / "postgres").glob("new-*")) == []


def test_the_short_name_for_a_long_path_is_removed_after_a_kill(start_service, tmp_path, public_folder):
    options = {"data_dir": tmp_path / ("long" * 40), "environment": {"TMPDIR": str(public_folder)}}
    start_service(**options).kill()
    (first,) = public_folder.iterdir()
    start_service(**options)
    (second,) = public_folder.iterdir()
    assert first != second


@needs_proc
def test_a_server_that_was_killed_is_started_again_on_the_same_address(start_service, run_sql, comes_true):
    service = start_service()
    run_sql(service.url, _NEW_TABLE)
    for _ in range(2):
        run_sql(service.url, "INSERT INTO kept SELECT count(*) FROM kept")
        killed = service.postmaster()
        os.kill(killed, signal.SIGKILL)

        def answers():
            with suppress(DatabaseUnavailable, OSError, DBAPIError, CannotConnectNowError):
                return run_sql(service.url, "SELECT 1") == [(1,)]

        assert comes_true(answers)
        assert service.postmaster() != killed
    assert run_sql(service.url, _ROWS) == [(0,), (1,)]
    service.kill()
    assert service.server_ends()
