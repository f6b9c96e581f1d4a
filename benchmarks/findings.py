"""What a run finds out: medians by operation, size, connections and side, and the figures that stand alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from likeness import Likeness

Key = tuple[str, int, int, str]
"""Operation, tickets, connections, side ("ours" or "limit")."""


@dataclass(frozen=True, slots=True)
class Result:
    """One round on one server, or the medians of some.

    Requests a second, milliseconds, microseconds of CPU per request over all processes of the server, and the peak
    memory of the largest worker.
    """

    rate: float
    p50: float
    p99: float
    cpu_us: float
    peak_mib: float

    @classmethod
    def median_of(cls, samples: Sequence[Result]) -> Result:
        """The median of each figure."""
        names = ("rate", "p50", "p99", "cpu_us", "peak_mib")
        return cls(*(median(getattr(sample, name) for sample in samples) for name in names))


@dataclass(frozen=True, slots=True)
class BigUpload:
    """One upload of `size` bytes: medians of the MB/s on both sides, and how far the memory of ours grew at most."""

    size: int
    ours: float
    limit: float
    growth_mib: float


@dataclass(frozen=True, slots=True)
class Disturbed:
    """99 of 100 GETs took at most so many milliseconds, without and with 16 uploads at once, of so many MB/s."""

    quiet: float
    busy: float
    uploaded: float

    @property
    def factor(self) -> float:
        """How much slower the uploads make them."""
        return self.busy / self.quiet


@dataclass
class Findings:
    """Everything a run has found."""

    sizes: tuple[int, ...]
    results: dict[Key, Result] = field(default_factory=dict)
    # What does not work, one line each.
    broken: list[str] = field(default_factory=list)
    likeness: dict[str, Likeness] = field(default_factory=dict)
    seconds_to_seed: dict[int, float] = field(default_factory=dict)
    big_upload: BigUpload | None = None
    beside_uploads: dict[str, Disturbed] = field(default_factory=dict)
    # Seconds, by what was started.
    seconds_to_ready: dict[str, float] = field(default_factory=dict)
    # MiB per worker, by when.
    idle_mib: dict[str, float] = field(default_factory=dict)

    def get(self, name: str, tickets: int, connections: int, side: str = "ours") -> Result | None:
        """The result of an operation on one side, if it was measured."""
        return self.results.get((name, tickets, connections, side))
