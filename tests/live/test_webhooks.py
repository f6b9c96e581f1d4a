"""A service as people run it, and a receiver: what is done in each dialect arrives, signed."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from live_service import LiveService
from receiver import Receiver, receiving

pytestmark = pytest.mark.parametrize("environment", [{"HELPDESK_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.1"}])


async def make(client: httpx.AsyncClient, path: str, **body: Any) -> Any:
    answer = await client.post(path, json=body)
    assert answer.is_success, answer.text
    return answer.json()


async def test_a_ticket_opened_in_each_dialect_arrives_signed(live: LiveService) -> None:
    async with (
        receiving(Receiver()) as receiver,
        httpx.AsyncClient(base_url=live.url, headers=live.sign_in(), timeout=60) as client,
    ):
        webhook = await make(client, "/api/webhooks/", url=receiver.url, events=["ticket.created"])
        tested = await make(client, f"/api/webhooks/{webhook['id']}/test/")
        assert (tested["delivered"], tested["status_code"]) == (True, 204)
        upload = await make(client, "/api/tickets/", limit=3)
        support = await make(client, "/api/tickets/", queue=1, title="From django-helpdesk")
        flicket = await make(
            client, "/flicket-api/tickets", title="From Flicket", content="A", category_id=1, ticket_priority_id=1
        )
        test, *messages = [one.verified_by(webhook["secret"]) for one in await receiver.wait_for(4)]
        assert test["type"] == "webhook.test"
        ids = [int(upload["url"].split("/")[-2]), support["id"], flicket["id"]]
        tickets = {message["data"]["ticket"]["id"]: message["data"]["ticket"]["title"] for message in messages}
        assert tickets == dict(zip(ids, [None, "From django-helpdesk", "From Flicket"], strict=True))
        assert {message["type"] for message in messages} == {"ticket.created"}
        # Written down a moment after it was sent.
        url = f"/api/webhooks/{webhook['id']}/deliveries/?state=pending"
        while (await client.get(url)).json()["count"]:
            pass
        listed = (await client.get(f"/api/webhooks/{webhook['id']}/deliveries/")).json()["results"]
        sent = {one.headers["webhook-id"]: one.body.decode() for one in receiver.received[1:]}
        assert {one["message_id"]: one["body"] for one in listed} == sent
        assert [(one["state"], [attempt["status_code"] for attempt in one["attempts"]]) for one in listed] == [
            ("delivered", [204])
        ] * 3
    assert webhook["secret"] not in live.log
