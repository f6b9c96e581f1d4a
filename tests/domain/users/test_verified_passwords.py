"""What a password check costs, and what is remembered of it."""

import asyncio
import threading

import bcrypt
import pytest

from helpdesk_api.domain.users.verified_passwords import PasswordVerifier

# Hashes of "correct horse"; written out, so that test names are the same in every process.
ALICE = "$bcrypt-sha256$v=2,t=2b,r=4$q4GupMimMAjScMjUm3y0l.$/r7CaYh/Yhrtxy1lhY4uiBLm/slRk1y"
BOB = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"  # plain bcrypt of the same password
UNKNOWN = [None, "", "!", "$2b$04$damaged"]


class BcryptRuns:
    """Counts passlib's bcrypt runs, and holds them up while the gate is shut."""

    def __init__(self):
        self.costs = []
        self.threads = set()
        self.most_at_once = 0
        self.started = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        self._at_once = 0
        self._lock = threading.Lock()
        self._run = bcrypt.hashpw

    def __call__(self, secret, config):
        with self._lock:
            self.costs.append(int(config.split(b"$")[2]))
            self.threads.add(threading.current_thread())
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        self.started.set()
        self.gate.wait(10)
        with self._lock:
            self._at_once -= 1
        return self._run(secret, config)


class Clock:
    """Seconds that pass only when told to."""

    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def runs(monkeypatch):
    counted = BcryptRuns()
    monkeypatch.setattr(bcrypt, "hashpw", counted)
    return counted


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def verifier(runs, clock):
    made = PasswordVerifier(rounds=4, ttl=300, max_entries=3, threads=2, clock=clock)
    yield made
    runs.gate.set()
    made.close()


async def begun(verifier, runs, *arguments):
    """A check that has reached bcrypt and is held there."""
    runs.gate.clear()
    runs.started.clear()
    task = asyncio.create_task(verifier.verify(*arguments))
    assert await asyncio.to_thread(runs.started.wait, 10)
    return task


@pytest.mark.parametrize("stored", [ALICE, BOB])
async def test_a_right_password_is_checked_once_and_then_remembered(verifier, runs, stored):
    assert [await verifier.verify("alice", "correct horse", stored) for _ in range(5)] == [True] * 5
    assert runs.costs == [4]


async def test_a_remembered_pair_is_checked_again_after_its_time(verifier, runs, clock):
    await verifier.verify("alice", "correct horse", ALICE)
    clock.now += 299.9
    assert await verifier.verify("alice", "correct horse", ALICE)
    assert len(runs.costs) == 1
    clock.now += 0.1
    assert await verifier.verify("alice", "correct horse", ALICE)
    assert len(runs.costs) == 2


async def test_being_used_does_not_lengthen_the_time_a_pair_is_remembered(verifier, runs, clock):
    for _ in range(4):
        assert await verifier.verify("alice", "correct horse", ALICE)
        clock.now += 100
    assert len(runs.costs) == 2


async def test_a_wrong_password_is_never_remembered(verifier, runs):
    assert [await verifier.verify("alice", "wrong", ALICE) for _ in range(3)] == [False] * 3
    assert runs.costs == [4, 4, 4]


async def test_a_new_stored_hash_counts_at_once(verifier):
    assert await verifier.verify("alice", "correct horse", ALICE)
    changed = await verifier.hash("battery staple")
    assert not await verifier.verify("alice", "correct horse", changed)
    assert await verifier.verify("alice", "battery staple", changed)


async def test_an_account_that_is_gone_or_locked_counts_at_once(verifier):
    assert await verifier.verify("alice", "correct horse", ALICE)
    assert [await verifier.verify("alice", "correct horse", stored) for stored in UNKNOWN] == [False] * 4


@pytest.mark.parametrize(
    ("username", "password"), [("bob", "correct horse"), ("alicec", "orrect horse"), ("", "alice")]
)
async def test_a_remembered_pair_says_nothing_about_another(verifier, runs, username, password):
    assert await verifier.verify("alice", "correct horse", ALICE)
    await verifier.verify(username, password, ALICE)
    assert len(runs.costs) == 2


async def test_the_oldest_pair_is_forgotten_when_there_are_too_many(verifier, runs):
    for name in ["a", "b", "c", "d"]:
        assert await verifier.verify(name, "correct horse", ALICE)
    assert len(runs.costs) == 4
    for name in ["b", "c", "d"]:
        assert await verifier.verify(name, "correct horse", ALICE)
    assert len(runs.costs) == 4
    assert await verifier.verify("a", "correct horse", ALICE)
    assert len(runs.costs) == 5


@pytest.mark.parametrize("limits", [{"ttl": 0.0}, {"max_entries": 0}])
async def test_remembering_can_be_turned_off(runs, limits):
    verifier = PasswordVerifier(rounds=4, threads=1, **limits)
    assert [await verifier.verify("alice", "correct horse", ALICE) for _ in range(3)] == [True] * 3
    verifier.close()
    assert runs.costs == [4, 4, 4]


@pytest.mark.parametrize("stored", UNKNOWN)
async def test_an_unknown_user_costs_as_many_rounds_as_a_known_one(verifier, runs, stored):
    assert [await verifier.verify("nobody", "wrong", stored) for _ in range(2)] == [False, False]
    assert runs.costs == [4, 4]


async def test_without_being_told_an_unknown_user_costs_twelve_rounds(runs):
    verifier = PasswordVerifier()
    assert not await verifier.verify("nobody", "wrong", None)
    verifier.close()
    assert runs.costs == [12]


@pytest.mark.parametrize("stored", [ALICE, BOB, *UNKNOWN])
async def test_a_password_bcrypt_cannot_take_is_wrong_at_once_whoever_the_user_is(verifier, runs, stored):
    bad = ["nul\0", "\ud800", "x" * 5000]
    assert [await verifier.verify("alice", password, stored) for password in bad] == [False] * 3
    assert runs.costs == []


@pytest.mark.parametrize("stored", [ALICE, BOB, *UNKNOWN])
async def test_many_different_wrong_passwords_at_once_cost_the_same_for_any_user(verifier, runs, stored):
    checks = [verifier.verify("someone", f"wrong {number}", stored) for number in range(20)]
    assert await asyncio.gather(*checks) == [False] * 20
    assert runs.costs == [4] * 20


@pytest.mark.parametrize(
    ("stored", "password"), [(ALICE, "correct horse"), (ALICE, "wrong"), (BOB, "wrong"), (None, "wrong")]
)
async def test_equal_checks_at_once_share_one_bcrypt_run(verifier, runs, stored, password):
    first = await begun(verifier, runs, "alice", password, stored)
    others = [asyncio.create_task(verifier.verify("alice", password, stored)) for _ in range(19)]
    await asyncio.sleep(0)
    runs.gate.set()
    assert await asyncio.gather(first, *others) == [password == "correct horse"] * 20
    assert runs.costs == [4]


@pytest.mark.parametrize("cancelled", [0, 1])
async def test_cancelling_one_of_several_equal_checks_leaves_the_others(verifier, runs, cancelled):
    tasks = [await begun(verifier, runs, "alice", "correct horse", ALICE)]
    tasks += [asyncio.create_task(verifier.verify("alice", "correct horse", ALICE)) for _ in range(2)]
    await asyncio.sleep(0)
    tasks[cancelled].cancel()
    runs.gate.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(results.pop(cancelled), asyncio.CancelledError)
    assert results == [True, True]
    assert runs.costs == [4]


async def test_a_check_whose_only_caller_left_is_still_remembered(verifier, runs):
    task = await begun(verifier, runs, "alice", "correct horse", ALICE)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    runs.gate.set()
    assert await verifier.verify("alice", "correct horse", ALICE)
    assert runs.costs == [4]


async def test_bcrypt_runs_in_its_own_few_threads_and_never_on_the_event_loop(verifier, runs):
    await asyncio.gather(verifier.hash("battery staple"), *(verifier.verify("x", f"{n}", ALICE) for n in range(10)))
    assert len(runs.costs) == 11
    assert runs.most_at_once <= 2
    assert threading.current_thread() not in runs.threads
    assert len(runs.threads) <= 2


async def test_new_hashes_verify_and_older_kinds_want_an_upgrade(verifier):
    stored = await verifier.hash("battery staple")
    assert stored.startswith("$bcrypt-sha256$v=2,t=2b,r=4$")
    assert await verifier.verify("alice", "battery staple", stored)
    assert [verifier.needs_upgrade(each) for each in (stored, BOB)] == [False, True]


async def test_a_password_that_cannot_be_hashed_is_an_error(verifier):
    with pytest.raises(ValueError, match="NUL or surrogate"):
        await verifier.hash("nul\0")


async def test_closing_waits_for_bcrypt_and_takes_no_more_checks(runs):
    verifier = PasswordVerifier(rounds=4, threads=1)
    task = await begun(verifier, runs, "alice", "correct horse", ALICE)
    waiting = asyncio.create_task(verifier.verify("alice", "wrong", ALICE))
    await asyncio.sleep(0)
    threading.Timer(0.05, runs.gate.set).start()
    verifier.close()
    results = await asyncio.gather(task, waiting, return_exceptions=True)
    assert results[0] is True
    assert isinstance(results[1], asyncio.CancelledError)
    with pytest.raises(RuntimeError, match="after shutdown"):
        await verifier.verify("alice", "other", ALICE)
