"""What is asked of the figures, each beside what was found. Nothing fails when a target is missed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from findings import Findings, Result
from operations import BASIC, READS, TOKEN, WRITES, Operation

OF_16 = 0.8
OF_SMALLEST = 0.8
OF_TOKEN = 0.8
OF_SINK = 0.75
MOST_GROWTH_MIB = 32
MOST_SLOWER = 3.0
MOST_SECONDS_TO_READY = 3.0
MOST_IDLE_MIB = 120
_CONNECTIONS = (16, 64)


@dataclass(frozen=True, slots=True)
class Target:
    """One target: what is asked, what was found, and whether that is enough."""

    what: str
    asked: str
    found: str
    is_reached: bool


def targets(findings: Findings) -> list[Target]:
    """Every target that this run can say something about."""
    found = [target for operation in [*READS, *WRITES] for target in _of_operation(findings, operation)]
    return [*found, *_of_basic(findings), *_of_uploads(findings), *_of_processes(findings)]


def _of_operation(findings: Findings, operation: Operation) -> Iterator[Target]:
    for tickets in findings.sizes:
        yield from _beside_limit(findings, operation, tickets)
        few, many = (findings.get(operation.name, tickets, number) for number in _CONNECTIONS)
        if few and many:
            yield _at_least(f"{operation.name}, {tickets:,} tickets: 64 connections over 16", OF_16, many, few)
    if operation.flat and len(findings.sizes) > 1:
        smallest, largest = findings.sizes[0], findings.sizes[-1]
        for number in _CONNECTIONS:
            here, there = (findings.get(operation.name, size, number) for size in (largest, smallest))
            if here and there:
                what = f"{operation.name}, {number} connections: {largest:,} tickets over {smallest:,}"
                yield _at_least(what, OF_SMALLEST, here, there)


def _beside_limit(findings: Findings, operation: Operation, tickets: int) -> Iterator[Target]:
    for number in _CONNECTIONS:
        what = f"{operation.name}, {tickets:,} tickets, {number} connections"
        ours, limit = (findings.get(operation.name, tickets, number, side) for side in ("ours", "limit"))
        if ours and limit and operation.ratio is not None:
            yield _at_least(f"{what}: share of the limit", operation.ratio, ours, limit)
        if ours and operation.p99 is not None and number == _CONNECTIONS[0]:
            yield _at_most(f"{what}: p99", operation.p99, ours.p99, "ms")


def _of_basic(findings: Findings) -> Iterator[Target]:
    for tickets in findings.sizes:
        for number in _CONNECTIONS:
            basic, token = (findings.get(operation.name, tickets, number) for operation in (BASIC, TOKEN))
            if basic and token:
                what = f"Basic over token auth, {tickets:,} tickets, {number} connections"
                yield _at_least(what, OF_TOKEN, basic, token)


def _of_uploads(findings: Findings) -> Iterator[Target]:
    big = findings.big_upload
    if big:
        share = big.ours / big.limit
        what = f"upload of {big.size // 1024**2} MiB"
        yield Target(f"{what}: share of the sink", f"≥ {OF_SINK}", f"{share:.2f}", share >= OF_SINK)
        yield _at_most(f"{what}: growth of memory", MOST_GROWTH_MIB, big.growth_mib, "MiB")
    if "ours" in findings.beside_uploads:
        factor = findings.beside_uploads["ours"].factor
        yield _at_most("16 uploads at once: GET's p99 over that without", MOST_SLOWER, factor, "times")


def _of_processes(findings: Findings) -> Iterator[Target]:
    for what, seconds in findings.seconds_to_ready.items():
        yield _at_most(f"start-up to ready, {what}", MOST_SECONDS_TO_READY, seconds, "s")
    for when, mib in findings.idle_mib.items():
        yield _at_most(f"memory of an idle worker, {when}", MOST_IDLE_MIB, mib, "MiB")


def _at_least(what: str, share: float, here: Result, there: Result) -> Target:
    found = here.rate / there.rate
    return Target(what, f"≥ {share}", f"{found:.2f}", found >= share)


def _at_most(what: str, most: float, found: float, unit: str) -> Target:
    return Target(what, f"≤ {most:g} {unit}", f"{found:.1f} {unit}", found <= most)


def missed(found: Sequence[Target]) -> list[Target]:
    """Those that were not reached."""
    return [target for target in found if not target.is_reached]
