"""Deliveries: each is sent until it arrives, in the order of its lane, by as many processes as there are."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, text, update

from helpdesk_api.background.draining import OF_ONE_WEBHOOK, Drain
from helpdesk_api.db.engine import Database
from helpdesk_api.db.session import unit_of_work
from helpdesk_api.domain.outbox import service as outbox
from helpdesk_api.domain.outbox.commands import DueDelivery, GiveUp, NewDelivery, Outcome, Retry, Sent
from helpdesk_api.domain.outbox.trimming import trim_deliveries
from helpdesk_api.models import Delivery, DeliveryAttempt, Webhook
from post import Post, posting, until

Happen = Callable[..., Awaitable[None]]


async def plan(database: Database, *deliveries: NewDelivery) -> list[int]:
    async with unit_of_work(database.sessions) as session:
        return await outbox.plan(session, deliveries)


def letters(lane: str, *numbers: int) -> list[NewDelivery]:
    return [NewDelivery("post", lane, {"number": number}) for number in numbers]


async def drained(database: Database, post: Post, *, rounds: int = 20) -> Drain:
    """Let a drain work until nothing is under way."""
    drain = Drain(database, post)
    for _ in range(rounds):
        await drain.step()
        await asyncio.sleep(0.01)
    return drain


async def rows(database: Database, *columns: Any) -> list[tuple[Any, ...]]:
    async with database.read_sessions() as session:
        return [tuple(row) for row in await session.execute(select(*columns).order_by(columns[0].class_.id))]


async def finished(database: Database) -> list[bool]:
    return [at is not None for (at,) in await rows(database, Delivery.finished_at)]


async def attempts(database: Database) -> list[tuple[Any, ...]]:
    one = DeliveryAttempt
    return await rows(database, one.delivery_id, one.status_code, one.error, one.response)


async def make_due(database: Database) -> None:
    async with unit_of_work(database.sessions) as session:
        await session.execute(update(Delivery).values(next_attempt_at=func.now()))


async def test_what_arrives_is_written_down(empty_database: Database) -> None:
    (first,) = await plan(empty_database, *letters("a", 1))
    post = Post(outcomes=[Sent(204, "thank\0 you")])
    await drained(empty_database, post)
    assert [(one.id, one.attempts, one.payload) for one in post.given] == [(first, 1, {"number": 1})]
    assert await rows(empty_database, Delivery.state, Delivery.last_error) == [("delivered", None)]
    assert await finished(empty_database) == [True]
    assert await attempts(empty_database) == [(first, 204, None, "thank you")]


async def test_a_lane_waits_for_its_first_and_other_lanes_do_not(empty_database: Database) -> None:
    ids = await plan(empty_database, *letters("a", 1, 2), *letters("b", 3))
    post = Post(outcomes=[Retry("not at home", 503)])
    await drained(empty_database, post)
    assert [one.payload["number"] for one in post.given] == [1, 3]
    columns = (Delivery.state, Delivery.attempts, Delivery.last_error)
    expected = [("pending", 1, "not at home"), ("pending", 0, None), ("delivered", 1, None)]
    assert await rows(empty_database, *columns) == expected
    # Nobody looks at those behind it until then.
    first, second, _ = await rows(empty_database, Delivery.next_attempt_at)
    assert first == second
    await make_due(empty_database)
    await drained(empty_database, post)
    assert [one.payload["number"] for one in post.given] == [1, 3, 1, 2]
    told = [(ids[0], 503, "not at home", ""), (ids[2], None, None, "")]
    told += [(ids[0], None, None, ""), (ids[1], None, None, "")]
    assert await attempts(empty_database) == told


async def test_one_that_failed_for_good_lets_the_next_pass(empty_database: Database) -> None:
    await plan(empty_database, *letters("a", 1, 2))
    post = Post(outcomes=[GiveUp("gone", 410)])
    await drained(empty_database, post)
    assert [one.payload["number"] for one in post.given] == [1, 2]
    assert await rows(empty_database, Delivery.state, Delivery.last_error) == [("failed", "gone"), ("delivered", None)]


async def test_what_never_arrives_fails_after_eleven_attempts_within_a_day(empty_database: Database) -> None:
    await plan(empty_database, *letters("a", 1))
    post = Post(outcomes=[Retry("not at home")] * 20)
    for _ in range(12):
        await drained(empty_database, post, rounds=3)
        await make_due(empty_database)
    states = await rows(empty_database, Delivery.state, Delivery.attempts, Delivery.last_error)
    assert (len(post.given), states) == (11, [("failed", 11, "not at home")])


async def test_a_channel_that_breaks_is_tried_again(empty_database: Database) -> None:
    await plan(empty_database, *letters("a", 1))
    post = Post(outcomes=[ValueError("a mistake")])
    await drained(empty_database, post)
    await make_due(empty_database)
    await drained(empty_database, post)
    assert [one.attempts for one in post.given] == [1, 2]
    assert [error for _, _, error, _ in await attempts(empty_database)] == ["ValueError: a mistake", None]


async def test_whoever_was_killed_leaves_it_to_others_after_the_lease(empty_database: Database) -> None:
    (number,) = await plan(empty_database, *letters("a", 1))
    forgotten = Drain(empty_database, Hanging())
    await forgotten.step()
    post = Post()
    await drained(empty_database, post, rounds=3)
    assert post.given == []
    await make_due(empty_database)  # the lease is over
    await drained(empty_database, post)
    assert [(one.id, one.attempts) for one in post.given] == [(number, 2)]
    # What the first one says after that changes nothing.
    await forgotten.finish(0)
    assert await rows(empty_database, Delivery.state, Delivery.attempts) == [("delivered", 2)]


async def test_whoever_comes_after_the_lease_changes_nothing(empty_database: Database) -> None:
    await plan(empty_database, *letters("a", 1))
    first, second = Drain(empty_database, Hanging()), Drain(empty_database, Hanging())
    await first.step()
    await make_due(empty_database)
    await second.step()
    leased = await rows(empty_database, Delivery.state, Delivery.attempts, Delivery.next_attempt_at)
    await first.finish(0)
    assert await rows(empty_database, Delivery.state, Delivery.attempts, Delivery.next_attempt_at) == leased
    assert await attempts(empty_database) == []
    await second.finish(0)
    assert [error for _, _, error, _ in await attempts(empty_database)] == ["the process was stopped"]


class Hanging(Post):
    """Whoever it tries to reach does not answer."""

    async def send(self, delivery: DueDelivery) -> Outcome:
        """Wait for ever."""
        self.given.append(delivery)
        await asyncio.Event().wait()
        raise AssertionError


async def test_a_webhook_that_hangs_leaves_room_for_others(empty_database: Database) -> None:
    async with unit_of_work(empty_database.sessions) as session:
        hooks = [Webhook(url=f"https://example.com/{name}", secret="x") for name in ("slow", "other")]
        session.add_all(hooks)
        await session.flush()
    slow, other = (hook.id for hook in hooks)
    await plan(empty_database, *(NewDelivery("post", f"a:{n}", {}, webhook_id=slow) for n in range(40)))
    await plan(empty_database, *(NewDelivery("post", f"b:{n}", {}, webhook_id=other) for n in range(2)))
    hanging = Hanging()
    drain = await drained(empty_database, hanging, rounds=10)
    given: dict[int | None, int] = defaultdict(int)
    for one in hanging.given:
        given[one.webhook_id] += 1
    assert given == {slow: OF_ONE_WEBHOOK, other: 2}
    await drain.finish(0)


async def test_any_number_of_processes_send_each_once_in_order(empty_database: Database, happen: Happen) -> None:
    posts = [Post() for _ in range(3)]
    async with (
        posting(empty_database, posts[0]),
        posting(empty_database, posts[1]),
        posting(empty_database, posts[2]),
    ):
        await asyncio.gather(*(happen(*[ticket] * 12) for ticket in range(1, 9)))
        await until(lambda: sum(len(post.given) for post in posts) == 96)
    assert sorted(one.sequence or 0 for post in posts for one in post.given) == list(range(1, 97))
    order: dict[str, list[int]] = defaultdict(list)
    async with empty_database.read_sessions() as session:
        query = select(Delivery.lane, Delivery.sequence).order_by(Delivery.finished_at, Delivery.id)
        for lane, sequence in await session.execute(query):
            order[lane].append(sequence)
    assert {lane: sorted(found) for lane, found in order.items()} == order
    assert await rows(empty_database, Delivery.state) == [("delivered",)] * 96


async def test_old_deliveries_are_forgotten_with_their_attempts(empty_database: Database) -> None:
    await plan(empty_database, *letters("a", 1, 2), *letters("b", 3))
    await drained(empty_database, Post(outcomes=[Sent(), Retry("not at home")]))
    async with unit_of_work(empty_database.sessions) as session:
        old = text(
            "UPDATE deliveries SET finished_at = finished_at - interval '31 days' WHERE payload ->> 'number' = '1'"
        )
        await session.execute(old)
    assert await trim_deliveries(empty_database, timedelta(days=30)) == 1
    left = await rows(empty_database, Delivery.payload, Delivery.state)
    assert left == [({"number": 2}, "delivered"), ({"number": 3}, "pending")]
    assert len(await attempts(empty_database)) == 2
