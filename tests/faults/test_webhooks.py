"""A service is killed while it sends to a receiver: the message comes again, and later ones after it."""

from __future__ import annotations

import httpx

from receiver import Receiver, hangs, receiving
from suffering import Sufferer


async def test_what_was_being_sent_when_everything_was_killed_comes_again_before_what_is_later(
    sufferer: Sufferer,
) -> None:
    sufferer.environment["HELPDESK_WEBHOOK_ALLOWED_NETWORKS"] = "127.0.0.1"
    await sufferer.stop()
    await sufferer.start()
    async with (
        receiving(Receiver(planned=[hangs])) as receiver,
        httpx.AsyncClient(base_url=sufferer.url, headers=await sufferer.sign_in(), timeout=30) as client,
    ):
        webhook = (await client.post("/api/webhooks/", json={"url": receiver.url})).json()
        ticket = (await client.post("/api/tickets/", json={"queue": 1, "title": "First"})).json()
        await receiver.wait_for(1)
        assert (await client.patch(f"/api/tickets/{ticket['id']}/", json={"title": "Second"})).status_code == 200
        await sufferer.kill()
        await sufferer.start()
        # Whoever took it had half a minute for it.
        first, *others = await receiver.wait_for(3)
    told = [(one.headers["webhook-id"], one.verified_by(webhook["secret"])["type"]) for one in (first, *others)]
    assert [kind for _, kind in told] == ["ticket.created", "ticket.created", "ticket.updated"]
    assert told[0] == told[1]
    assert first.body == others[0].body
