"""Rules of the code base that a reader may rely on."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import helpdesk_api
from helpdesk_api.dialects.wire.problem import STATUS
from helpdesk_api.domain.errors import DomainError

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
HARD_LIMIT = 300


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def nodes(*kinds: type[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    """Every node of these kinds in the code, with its file."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, kinds):
                yield name_of(path), node


def called_names(name: str) -> Iterator[str]:
    """The files that call a method of this name."""
    for path, node in nodes(ast.Call):
        assert isinstance(node, ast.Call)
        if isinstance(node.func, ast.Attribute) and node.func.attr == name:
            yield path


def kinds_below(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    for one in kind.__subclasses__():
        yield one
        yield from kinds_below(one)


@pytest.fixture(scope="module", autouse=True)
def _everything_is_imported() -> None:
    for module in pkgutil.walk_packages(helpdesk_api.__path__, "helpdesk_api."):
        if not module.name.endswith("__main__") and "_alembic" not in module.name:
            importlib.import_module(module.name)


def test_no_file_is_longer_than_the_limit() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > HARD_LIMIT} == {}


def test_every_module_begins_with_a_line_on_what_it_is_for() -> None:
    first_lines = {name_of(path): (ast.get_docstring(ast.parse(path.read_text())) or "") for path in SOURCES}
    assert [name for name, words in first_lines.items() if not words.partition("\n")[0].rstrip().endswith(".")] == []


def test_sessions_are_committed_in_one_place() -> None:
    # The migrations commit what is no session: alembic's own connection, and the lock around it.
    assert set(called_names("commit")) == {
        "src/helpdesk_api/db/session.py",
        "src/helpdesk_api/db/migrations.py",
    }


def test_nothing_raises_an_http_exception() -> None:
    raising = [
        path
        for path, node in nodes(ast.Raise)
        if isinstance(node, ast.Raise) and node.exc is not None and "HTTPException" in ast.unparse(node.exc)
    ]
    assert raising == []


def test_nothing_catches_whatever_comes() -> None:
    catching = [
        path
        for path, node in nodes(ast.ExceptHandler)
        if isinstance(node, ast.ExceptHandler) and (node.type is None or ast.unparse(node.type) == "Exception")
    ]
    assert catching == []


def test_every_error_of_the_domain_has_a_status() -> None:
    errors = set(kinds_below(DomainError))
    assert len(errors) > 10
    assert [error.__name__ for error in errors if not issubclass(error, tuple(STATUS))] == []


def test_every_error_of_the_domain_says_something_to_people() -> None:
    assert [error.__name__ for error in kinds_below(DomainError) if not re.match(r"[A-Z].*\.$", error.message)] == []


def test_no_setting_is_read_while_modules_are_imported() -> None:
    at_import = [
        name_of(path)
        for path in SOURCES
        for statement in ast.parse(path.read_text()).body
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr) and "Settings()" in ast.unparse(statement)
    ]
    assert at_import == []


def test_nothing_prints_but_the_command_line() -> None:
    printing = {
        path
        for path, node in nodes(ast.Call)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }
    assert printing == set()


def test_make_check_looks_at_the_import_contracts() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(r"^check: lint\b", makefile, re.MULTILINE)
    assert re.search(r"^lint:.*\n(?:\t.*\n)*\t.*lint-imports$", makefile, re.MULTILINE)
