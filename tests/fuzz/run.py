"""`make fuzz`: schemathesis over the whole OpenAPI document, as admin, staff, plain user and nobody.

Each role has a running service of its own, with its own PostgreSQL. Whatever no answer may be (a status that is not
documented, a body that does not fit, a 5xx, a request let in without credentials) fails the run, and so does, with
enough examples, an operation that never succeeded for an admin: what only ever refuses has not been tried.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from factories import PASSWORD, PNG  # noqa: E402
from live_service import LiveService, running_service  # noqa: E402

# Examples of an operation that are sure to have one which succeeds.
ENOUGH = 100
PHASES = ("examples", "coverage", "fuzzing", "stateful")
ROLES = ("admin", "staff", "user", "nobody")
# Readiness has nothing to refuse; the others need a password, which no schema tells.
NEVER_FOR_ADMINS = frozenset(("POST /api-token-auth/", "POST /flicket-api/tokens"))
ENVIRONMENT = {
    "HELPDESK_PASSWORD_ROUNDS": "4",
    "HELPDESK_LOG_LEVEL": "WARNING",
    # Thousands of wrong credentials are tried: the eleventh must be told what the first one was.
    "HELPDESK_SIGN_IN_FAILURES_PER_NAME": "0",
    "HELPDESK_SIGN_IN_FAILURES_PER_ADDRESS": "0",
}


@dataclass
class Outcome:
    """What one role's run came to."""

    role: str
    seconds: float
    passed: bool
    cases: dict[str, int]
    never: list[str]
    report: str


def furnish(service: LiveService) -> dict[str, str]:
    """Accounts, queues, tickets of both kinds, replies and files; the roles' tokens."""
    admin = httpx.Client(base_url=service.url, headers=service.sign_in(), timeout=30)
    tokens = {"admin": admin.headers["Authorization"], "nobody": ""}
    for name in ("staff", "user"):
        account = {"username": name, "password": PASSWORD, "email": f"{name}@example.com", "is_staff": name == "staff"}
        made(admin.post("/api/users/", json=account))
        signed_in = made(admin.post("/api-token-auth/", json={"username": name, "password": PASSWORD}))
        tokens[name] = f"Token {signed_in['token']}"
    department = made(admin.post("/flicket-api/departments", json={"department": "Facilities"}))["id"]
    categories = [
        made(admin.post("/flicket-api/categories", json={"category": name, "department_id": department}))["id"]
        for name in ("Heating", "Lifts", "Keys")
    ]
    made(admin.post("/api/custom-fields/", json={"name": "floor", "label": "Floor", "data_type": "integer"}))
    for token in filter(None, tokens.values()):
        furnish_tickets(httpx.Client(base_url=service.url, headers={"Authorization": token}, timeout=30), categories[0])
    return tokens


def furnish_tickets(client: httpx.Client, category: int) -> None:
    """An upload ticket and support tickets of whoever the client is, with replies and files."""
    for number in range(2):
        opened = {"title": "It is cold", "content": "Very.", "category_id": category, "ticket_priority_id": 1}
        ticket = made(client.post("/flicket-api/tickets", json=opened))["id"]
        made(client.post("/flicket-api/posts", json={"ticket_id": ticket, "content": f"Still cold, day {number}."}))
        picture = {"file": ("cold.png", PNG, "image/png")}
        made(client.post("/flicket-api/uploads", data={"topic_id": str(ticket)}, files=picture))
        waiting = made(client.post("/api/tickets/", json={"limit": 5}))["url"].rstrip("/").rpartition("/")[2]
        made(client.post("/api/files/", data={"ticket": waiting}, files=picture))


def made(answer: httpx.Response) -> Any:
    """The body of a request that has to succeed."""
    assert answer.is_success, answer.text
    return answer.json()


def fuzz(role: str, options: argparse.Namespace) -> Outcome:
    """One role against a service of its own."""
    with tempfile.TemporaryDirectory(prefix="hf-") as name:
        folder = Path(name)
        with running_service(folder, ENVIRONMENT) as service:
            token = furnish(service)[role]
            began = time.monotonic()
            done = subprocess.run(
                command(service, token, options),
                cwd=folder,
                env=os.environ | environment(role, token, folder),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            seconds = time.monotonic() - began
            log = service.log
        written = folder / "figures.json"
        figures = json.loads(written.read_text()) if written.exists() else {"phases": {}, "statuses": {}}
    never = never_served(figures["statuses"]) if role == "admin" and options.examples >= ENOUGH else []
    report = done.stdout + (f"\nThe service logged an error:\n{log}" if "[error" in log else "")
    passed = done.returncode == 0 and not never and "[error" not in log
    return Outcome(role, seconds, passed, figures["phases"], never, report)


def command(service: LiveService, token: str, options: argparse.Namespace) -> list[str]:
    """How schemathesis is run."""
    program = Path(sys.executable).with_name("schemathesis")
    signed_in = ["--header", f"Authorization: {token}"] if token else []
    return [
        *(str(program), "--no-color", "--config-file", str(HERE / "schemathesis.toml")),
        *("run", f"{service.url}/openapi.json", *signed_in, "--phases", ",".join(options.phases)),
        *("--max-examples", str(options.examples), "--seed", str(options.seed), *options.more),
    ]


def environment(role: str, token: str, folder: Path) -> dict[str, str]:
    """What the hooks are told."""
    return {
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(HERE),
        "FUZZ_ROLE": role,
        "FUZZ_TOKEN": token.partition(" ")[2],
        "FUZZ_DATABASE": str(folder / "var" / "postgres" / "data"),
        "FUZZ_FIGURES": str(folder / "figures.json"),
    }


def never_served(statuses: dict[str, dict[str, int]]) -> list[str]:
    """The operations that never answered with a success."""
    refused = {name for name, counts in statuses.items() if not any(status < "400" for status in counts)}
    return sorted(refused - NEVER_FOR_ADMINS)


def parse_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=200, help="cases of the fuzzing phase for each operation")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--roles", type=lambda text: text.split(","), default=ROLES)
    parser.add_argument("--phases", type=lambda text: text.split(","), default=PHASES)
    parser.add_argument("--jobs", type=int, default=2, help="roles at the same time")
    parser.add_argument("more", nargs="*", help="further options of schemathesis, after --")
    return parser.parse_args()


def main() -> int:
    """Fuzz as every role, and say how it went."""
    options = parse_options()
    with ThreadPoolExecutor(options.jobs) as pool:
        outcomes = list(pool.map(lambda role: fuzz(role, options), options.roles))
    for outcome in outcomes:
        if not outcome.passed:
            print(f"==== as {outcome.role}\n{outcome.report}")
        for operation in outcome.never:
            print(f"{operation} never succeeded as {outcome.role}: nothing of it was tried but its refusals.")
    print(f"seed {options.seed}, {options.examples} examples for each operation")
    for outcome in outcomes:
        cases = ", ".join(f"{outcome.cases.get(phase, 0)} {phase}" for phase in options.phases)
        verdict = "passed" if outcome.passed else "FAILED"
        print(f"{outcome.role:7} {verdict}: {sum(outcome.cases.values())} requests ({cases}), {outcome.seconds:.0f} s")
    return 0 if all(outcome.passed for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
