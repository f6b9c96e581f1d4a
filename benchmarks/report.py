"""The findings as Markdown: the same text for the terminal and for benchmarks/results/."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from findings import Findings
from targets import missed, targets

_COLUMNS = (
    "operation",
    "tickets",
    "connections",
    "req/s ours",
    "req/s limit",
    "ratio",
    "p50 ms",
    "p99 ms",
    "p99 ms limit",
    "CPU µs/request",
    "CPU µs limit",
    "peak MiB/worker",
)


def render(findings: Findings, about: Sequence[tuple[str, str]], title: str) -> str:
    """The whole report."""
    lines = [f"# {title}", "", *_table(("", ""), about), "", "## Operations", ""]
    lines += [*_table(_COLUMNS, list(_operations(findings))), "", *_others(findings), "", *_targets(findings)]
    if findings.broken:
        lines += ["", "## Does not work", "", *(f"- {line}" for line in findings.broken)]
    return "\n".join(lines) + "\n"


def _operations(findings: Findings) -> Iterator[list[str]]:
    for (name, tickets, connections, side), ours in findings.results.items():
        if side == "ours":
            limit = findings.get(name, tickets, connections, "limit")
            beside = (f"{limit.rate:,.0f}", f"{ours.rate / limit.rate:.2f}") if limit else ("", "")
            yield [
                *(name, f"{tickets:,}", str(connections), f"{ours.rate:,.0f}", *beside),
                *(f"{ours.p50:.1f}", f"{ours.p99:.1f}", f"{limit.p99:.1f}" if limit else ""),
                *(f"{ours.cpu_us:,.0f}", f"{limit.cpu_us:,.0f}" if limit else "", f"{ours.peak_mib:.0f}"),
            ]


def _others(findings: Findings) -> list[str]:
    rows = [[f"seeding {tickets:,} tickets", f"{took:.1f} s"] for tickets, took in findings.seconds_to_seed.items()]
    rows += [[f"start-up to ready, {what}", f"{took:.2f} s"] for what, took in findings.seconds_to_ready.items()]
    rows += [[f"memory of an idle worker, {when}", f"{mib:.0f} MiB"] for when, mib in findings.idle_mib.items()]
    big = findings.big_upload
    if big:
        what = f"upload of {big.size // 1024**2} MiB"
        text = f"{big.ours:.0f} MB/s, the sink {big.limit:.0f} MB/s; memory grew by {big.growth_mib:.1f} MiB"
        rows.append([what, text])
    for side, found in findings.beside_uploads.items():
        beside = f"with the uploads, of {found.uploaded:.0f} MB/s, {found.busy:.1f} ms ({found.factor:.1f} times)"
        text = f"{found.quiet:.1f} ms, {beside}"
        rows.append([f"p99 of GET beside 16 uploads, {side}", text])
    rows += [[f"size of the answer: {name}", str(likeness)] for name, likeness in findings.likeness.items()]
    return ["## Other figures", "", *_table(("", ""), rows)]


def _targets(findings: Findings) -> list[str]:
    found = targets(findings)
    short = missed(found)
    rows = [[one.what, one.asked, one.found, "reached" if one.is_reached else "**not reached**"] for one in found]
    heading = f"## Targets: {len(found) - len(short)} of {len(found)} reached"
    return [heading, "", *_table(("target", "asked", "found", ""), rows)]


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table, its columns as wide as need be, so that it also reads well in a terminal."""
    widths = [max(3, *(len(row[place]) for row in [columns, *rows])) for place in range(len(columns))]
    lines = [columns, ["-" * width for width in widths], *rows]
    return [f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |" for row in lines]
