"""Upload tickets over HTTP."""

from __future__ import annotations

import httpx
from factories import PNG, Account


async def test_files_drive_the_status_from_pending_to_completed(client: httpx.AsyncClient, requester: Account) -> None:
    created = await client.post("/api/tickets/", headers=requester.token, json={"limit": 2, "status": "PENDING"})
    url = created.json()["url"]
    ticket = int(url.rstrip("/").rpartition("/")[2])
    assert (created.status_code, created.json()) == (
        200,
        {"url": url, "user": "requester", "limit": 2, "status": "PENDING", "files": []},
    )
    for name, status in (("image1.png", "IN PROGRESS"), ("image2.png", "COMPLETED")):
        sent = await client.post(
            "/api/files/", headers=requester.token, data={"ticket": ticket}, files={"file": (name, PNG)}
        )
        assert (sent.status_code, sent.json()) == (200, {"file": f"/media/upload/requester/{name}", "ticket": ticket})
        assert (await client.get(url, headers=requester.token)).json()["status"] == status
