"""What schemathesis cannot know of the service: which ids belong together, and which answers are meant."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import asyncpg
import schemathesis
from schemathesis import Case, HookContext, Response
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.openapi.checks import AllowHeaderMismatch, RejectedPositiveData, UnsupportedMethodResponse

from helpdesk_api.security import token_digest

# Which operation makes the thing that a path parameter names, and where its answer has the name.
MAKERS = {
    "createUser": ("user_id", "$response.body#/id"),
    "createQueue": ("queue_id", "$response.body#/id"),
    "createCustomField": ("field_id", "$response.body#/id"),
    "createTicket": ("ticket_id", "$response.body#/id"),
    "createFollowUp": ("followup_id", "$response.body#/id"),
    "createFollowUpAttachment": ("attachment_id", "$response.body#/id"),
    "uploadFile": ("file_id", "$response.header.Location#regex:/files/([0-9]+)"),
    "listFiles": ("path", "$response.body#/results/0/file#regex:/media/(.+)"),
    "createWebhook": ("webhook_id", "$response.body#/id"),
    "flicketCreateDepartment": ("department_id", "$response.body#/id"),
    "flicketCreateCategory": ("category_id", "$response.body#/id"),
    "flicketCreateTicket": ("ticket_id", "$response.body#/id"),
    "flicketCreatePost": ("post_id", "$response.body#/id"),
    "flicketCreateSubscription": ("subscription_id", "$response.body#/id"),
    "flicketCreateUploads": ("upload_id", "$response.body#/id"),
    "flicketGetUpload": ("filename", "$response.body#/filename"),
}
# Rules that no schema can say; a request that breaks one of them is refused although it fits its schema.
RULES = re.compile(
    "|".join(
        (
            # What the request names is not there, is taken, or does not take it.
            "object does not exist|There is no such|not a valid [a-z_]+_id",
            "already (exists|created)|in the list already",
            "takes no new tickets|stays with its ticket|Unable to log in",
            "already has all the files it asked for|so many files are there",
            "Only an admin|Only staff|password|Enter a valid (username|email address|media type)",
            "not an e-mail address",
            # One of two fields, or one that another asks for.
            "Must include (either|a file)|A list needs at least one value|Only a list has|Only a (text|decimal)",
            # Where webhooks may be sent to, and what secrets are.
            "Enter a valid URL|A URL with|This address is not public|Enter whsec_",
            # Which of the two kinds of ticket is meant decides what has to be there.
            '"(limit|queue|title)":\\["This field is required',
            # Spans of time can be written in several ways; blanks alone are no text.
            "Duration has wrong format|must not be blank",
            # JSON within a form's text; text that no database column can hold; names of files.
            "Expected a list of items but got|Item [0-9]+:|Null characters|surrogate|Unsupported file extension",
        )
    )
)
SOME_IDS = 9
statuses: dict[str, Counter[str]] = {}
phases: Counter[str] = Counter()


@schemathesis.hook
def before_load_schema(_context: HookContext, raw_schema: dict[str, Any]) -> None:
    """Link what makes a thing with what reads, changes and removes it, for the stateful phase."""
    operations = [one for item in raw_schema["paths"].values() for one in item.values() if "operationId" in one]
    for maker in operations:
        if maker["operationId"] in MAKERS:
            name, expression = MAKERS[maker["operationId"]]
            links = {
                user["operationId"]: {"operationId": user["operationId"], "parameters": {name: expression}}
                for user in operations
                if any(one.get("in") == "path" and one["name"] == name for one in user.get("parameters", ()))
            }
            for status in {"200", "201"} & maker["responses"].keys():
                maker["responses"][status]["links"] = links


@schemathesis.hook
def map_path_parameters(_context: HookContext, path_parameters: dict[str, Any]) -> dict[str, Any]:
    """Half of the large ids become small ones, so that requests find something."""
    return {name: _small(value) for name, value in path_parameters.items()} if path_parameters else path_parameters


@schemathesis.hook
def map_body(_context: HookContext, body: Any) -> Any:
    """As for paths: the ids in a body."""
    if not isinstance(body, dict):
        return body
    return {name: _small(value) if name not in ("limit", "max_length") else value for name, value in body.items()}


def _small(value: Any) -> Any:
    is_large = isinstance(value, int) and not isinstance(value, bool) and SOME_IDS < value < 2**31
    return value % SOME_IDS + 1 if is_large and value % 2 else value


@schemathesis.hook
def after_call(_context: HookContext, case: Case, response: Response) -> None:
    """Count the answer, and give the token back where the request has ended it."""
    if case.meta is not None:
        phases[case.meta.phase.name.value] += 1
    statuses.setdefault(case.operation.label, Counter())[str(response.status_code)] += 1
    if case.operation.label == "DELETE /flicket-api/tokens" and response.status_code == 204:
        asyncio.run(_give_back())


async def _give_back() -> None:
    connection = await asyncpg.connect(
        host=os.environ["FUZZ_DATABASE"], port=5432, user="postgres", database="helpdesk"
    )
    await connection.execute(
        "INSERT INTO tokens (user_id, digest) SELECT id, $1 FROM users WHERE username = $2",
        token_digest(os.environ["FUZZ_TOKEN"]),
        os.environ["FUZZ_ROLE"],
    )
    await connection.close()


@schemathesis.hook
def filter_failure(_context: HookContext, failure: Failure, case: Case, response: Response) -> bool:
    """Whether a failure is one; what is left out is meant, for the reason given."""
    if isinstance(failure, RejectedPositiveData):
        # What lists are asked for are words, or several with commas between: their schemas say text.
        return case.method != "GET" and RULES.search(response.text) is None
    if isinstance(failure, AcceptedNegativeData):
        # The fields of DRF and Flicket read "5" as 5, "true" as true and 5 as "5"; what comes of it is still looked at.
        # Parameters that nobody knows are ignored, as there.
        meant = re.search("Incorrect type|in query - violates `additionalProperties`", failure.message)
        return meant is None and not _is_read_as_less(case, response)
    if isinstance(failure, UnsupportedMethodResponse | AllowHeaderMismatch):
        # One resource with and without its last slash, where the documents spell GET with and POST without.
        other = case.operation.path.rstrip("/") + ("" if case.operation.path.endswith("/") else "/")
        return other not in case.operation.schema.raw_schema["paths"]
    return True


def _is_read_as_less(case: Case, response: Response) -> bool:
    """Whether what is wrong in a body is nothing to this operation, as other fields that it does not know."""
    # Flicket takes null for a body without fields; an upload ticket knows no field of a support ticket.
    is_nothing = case.body is None and case.operation.path.startswith("/flicket-api/")
    return is_nothing or (case.operation.path.startswith("/api/tickets/") and '"limit":' in response.text)


@atexit.register
def _write_figures() -> None:
    if "FUZZ_FIGURES" in os.environ:
        figures = {"phases": phases, "statuses": statuses}
        Path(os.environ["FUZZ_FIGURES"]).write_text(json.dumps(figures, indent=1))
