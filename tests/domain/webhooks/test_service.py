"""Who may make webhooks, where they may lead, and which secrets sign."""

from __future__ import annotations

from datetime import timedelta

import pytest

from factories import Account
from helpdesk_api.db.session import Session
from helpdesk_api.domain.errors import Forbidden, Invalid
from helpdesk_api.domain.webhooks import deliveries
from helpdesk_api.domain.webhooks import service as webhooks
from helpdesk_api.domain.webhooks.commands import NewWebhook
from helpdesk_api.domain.webhooks.errors import NOT_ALLOWED, WebhookNotFound
from helpdesk_api.domain.webhooks.messages import secrets_of
from helpdesk_api.domain.webhooks.signing import new_secret
from helpdesk_api.egress.destinations import Destinations
from helpdesk_api.models import Webhook
from helpdesk_api.paging import PageRequest

PUBLIC = Destinations()
DAY = timedelta(days=1)


async def test_only_admins_write_and_only_staff_read(
    session: Session, agent: Account, requester: Account, webhook: Webhook
) -> None:
    for account in (agent, requester):
        with pytest.raises(Forbidden):
            await webhooks.create_webhook(session, account.actor, NewWebhook("https://a.example.com/"), PUBLIC)
        with pytest.raises(Forbidden):
            await webhooks.change_webhook(session, account.actor, webhook.id, {"active": False}, PUBLIC)
        with pytest.raises(Forbidden):
            await webhooks.rotate_secret(session, account.actor, webhook.id, new_secret(), DAY)
        with pytest.raises(Forbidden):
            await webhooks.delete_webhook(session, account.actor, webhook.id)
        with pytest.raises(Forbidden):
            await deliveries.redeliver(session, account.actor, webhook.id, 1)
    with pytest.raises(Forbidden):
        await webhooks.list_webhooks(session, requester.actor, PageRequest(1, 10))
    with pytest.raises(Forbidden):
        await deliveries.list_deliveries(session, requester.actor, webhook.id, None, PageRequest(1, 10))


async def test_an_address_that_is_not_public_is_refused_unless_it_is_allowed(session: Session, admin: Account) -> None:
    new = NewWebhook("http://10.1.2.3/")
    with pytest.raises(Invalid) as caught:
        await webhooks.create_webhook(session, admin.actor, new, PUBLIC)
    assert caught.value.fields == {"url": [NOT_ALLOWED]}
    made = await webhooks.create_webhook(session, admin.actor, new, Destinations(["10.0.0.0/8"]))
    with pytest.raises(Invalid):
        await webhooks.change_webhook(session, admin.actor, made.id, {"url": "http://10.1.2.4/"}, PUBLIC)
    # What it was allowed before, it keeps: whether anything is sent there is decided when it is.
    changed = await webhooks.change_webhook(session, admin.actor, made.id, {"description": "Board"}, PUBLIC)
    assert (changed.url, changed.description) == ("http://10.1.2.3/", "Board")


async def test_the_last_two_secrets_sign_and_no_third(session: Session, admin: Account, webhook: Webhook) -> None:
    first, second, third = webhook.secret, new_secret(), new_secret()
    for secret, signing in ((second, [second, first]), (third, [third, second])):
        rotated = await webhooks.rotate_secret(session, admin.actor, webhook.id, secret, DAY)
        assert secrets_of(rotated) == signing


async def test_without_an_overlap_the_old_secret_is_forgotten_at_once(
    session: Session, admin: Account, webhook: Webhook
) -> None:
    secret = new_secret()
    rotated = await webhooks.rotate_secret(session, admin.actor, webhook.id, secret, timedelta(0))
    assert (secrets_of(rotated), rotated.previous_secret) == ([secret], None)


async def test_what_is_not_there_cannot_be_changed(session: Session, admin: Account) -> None:
    with pytest.raises(WebhookNotFound):
        await webhooks.change_webhook(session, admin.actor, 999_999_999, {"active": True}, PUBLIC)
    with pytest.raises(WebhookNotFound):
        await webhooks.rotate_secret(session, admin.actor, 999_999_999, new_secret(), DAY)


def test_a_new_webhook_does_not_show_its_secret_by_accident() -> None:
    new = NewWebhook("https://a.example.com/")
    assert new.secret not in repr(new)
