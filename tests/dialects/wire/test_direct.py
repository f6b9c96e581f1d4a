"""Routes that are answered directly answer as they would through FastAPI."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, get_origin, get_type_hints

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Path, Query
from fastapi.routing import APIRoute, request_response
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from conftest import client_of
from factories import Account
from helpdesk_api.dialects.wire.answers import Json
from helpdesk_api.dialects.wire.direct import DirectAnswer
from helpdesk_api.dialects.wire.routes import WireRoute

happened: list[str] = []


class SentLog:
    """Middleware that notes when an answer begins."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                happened.append(f"sent {message['status']}")
            await send(message)

        await self._app(scope, receive, noted)


async def _first(request: Request) -> str:
    happened.append("first")
    return request.headers.get("x-word", "none")


async def _whole(first: Annotated[str, Depends(_first)]) -> AsyncIterator[str]:
    happened.append(f"begin {first}")
    try:
        yield first * 2
    except ValueError:
        happened.append("failed")
        raise
    happened.append("end")


Number = Annotated[int, Path(ge=1)]
WholeDep = Annotated[str, Depends(_whole, scope="function")]


async def _numbered(number: Number, first: Annotated[str, Depends(_first)]) -> str:
    happened.append(f"numbered {number}")
    return f"{first}-{number}"


async def answer(number: Number, whole: WholeDep, numbered: Annotated[str, Depends(_numbered)]) -> Json[list[str]]:
    """Answer what the dependencies gave, or fail on a 13."""
    happened.append("answer")
    if number == 13:
        raise ValueError("13")
    return Json([whole, numbered, str(number)], 201)


async def queried(word: Annotated[str, Query()], first: Annotated[str, Depends(_first)]) -> Json[list[str]]:
    """Needs a parameter that FastAPI reads."""
    return Json([word, first])


async def lasting(whole: Annotated[str, Depends(_whole)]) -> Json[list[str]]:
    """Needs a dependency that ends after the answer was sent."""
    return Json([whole])


def small_app(*, directly: bool) -> FastAPI:
    """The three routes, directly or as FastAPI would answer them."""
    router = APIRouter(route_class=WireRoute)
    router.add_api_route("/{number}/", answer)
    router.add_api_route("/queried/", queried)
    router.add_api_route("/lasting/", lasting)
    app = FastAPI(middleware=[Middleware(SentLog)])
    for route in router.routes:
        assert isinstance(route, APIRoute)
        if not directly:
            route.app = request_response(route.get_route_handler())
    app.router.routes.extend(reversed(router.routes))
    return app


@pytest.mark.parametrize(
    ("path", "status", "steps"),
    [
        ("/7", 201, ["first", "begin a", "numbered 7", "answer", "end", "sent 201"]),
        ("/13", 500, ["first", "begin a", "numbered 13", "answer", "failed"]),
        ("/0", 422, ["first", "begin a", "sent 422"]),
        ("/queried?word=b", 200, ["first", "sent 200"]),
        ("/lasting", 200, ["first", "begin a", "sent 200", "end"]),
    ],
)
async def test_everything_happens_as_fastapi_has_it_happen(path: str, status: int, steps: list[str]) -> None:
    told = []
    for directly in (True, False):
        happened.clear()
        async with client_of(small_app(directly=directly)) as client:
            found = await client.get(path, headers={"X-Word": "a"})
        told.append((found.status_code, found.headers.get("content-type"), found.content))
        assert happened == steps
    assert told[0] == told[1]
    assert told[0][0] == status


def test_what_needs_more_is_left_to_fastapi() -> None:
    routes = {route.name: route for route in small_app(directly=True).routes if isinstance(route, APIRoute)}
    assert {name for name, route in routes.items() if isinstance(route.app, DirectAnswer)} == {"answer"}


def test_every_route_that_answers_json_is_answered_directly(app: FastAPI) -> None:
    routes = [route for route in app.routes if isinstance(route, APIRoute)]
    answering = [one for one in routes if get_origin(get_type_hints(one.endpoint).get("return")) is Json]
    assert {one.name for one in answering if not isinstance(one.app, DirectAnswer)} == set()
    assert len(answering) >= 10


@pytest.mark.parametrize("who", ["agent", "requester", "nobody"])
@pytest.mark.parametrize(
    "path",
    [
        "/api/tickets/?kind=support&page_size=1",
        "/api/tickets/?status=Burning&priority=0",
        "/api/tickets/?page=9",
        "/api/tickets/1/",
        "/api/tickets/{ticket}/",
        "/api/tickets/99999999999999999999/",
        "/api/users/me/",
        "/api/users/{user}/",
        "/flicket-api/tickets/",
        "/flicket-api/tickets/1/",
        "/flicket-api/tickets/9/",
        "/flicket-api/tickets/?status=Burning",
    ],
)
async def test_the_service_answers_as_through_fastapi(
    app: FastAPI,
    client: httpx.AsyncClient,
    agent: Account,
    requester: Account,
    path: str,
    who: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    queue = (await client.get("/api/queues/", headers=agent.token)).json()["results"][0]["id"]
    new = {"queue": queue, "title": "Printer on fire", "submitter_email": "requester@example.com"}
    ticket = (await client.post("/api/tickets/", json=new, headers=agent.token)).json()["id"]
    headers = {"agent": agent.token, "requester": requester.token, "nobody": {}}[who]
    where = path.format(ticket=ticket, user=agent.id)
    directly = await client.get(where, headers=headers)
    for route in app.routes:
        if isinstance(route, APIRoute) and isinstance(route.app, DirectAnswer):
            monkeypatch.setattr(route, "app", request_response(route.get_route_handler()))
    through_fastapi = await client.get(where, headers=headers)
    assert (directly.status_code, directly.content) == (through_fastapi.status_code, through_fastapi.content)
    assert directly.headers.multi_items()[:-1] == through_fastapi.headers.multi_items()[:-1]  # the last is the id
