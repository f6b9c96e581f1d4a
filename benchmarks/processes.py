"""What /proc says of a server's processes: CPU time and memory."""

from __future__ import annotations

import os
import time
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_PATIENCE = 10.0
_MIB = 1024  # /proc gives kB


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for one in found:
        found.extend(children.get(one, []))
    return found


def workers(pid: int) -> list[int]:
    """Those of a server's processes that answer requests: what multiprocessing has started for it, or itself."""
    # Its helper serves nobody, and neither does a PostgreSQL of the server's own.
    own = [one for one in family(pid)[1:] if b"spawn_main" in _command(one)]
    return own or [pid]


def cpu_seconds(pids: list[int]) -> float:
    """CPU time, in user and kernel mode, that the processes have used so far."""
    ticks = 0
    for pid in pids:
        fields = _stat(pid)
        ticks += int(fields[11]) + int(fields[12]) if fields else 0
    return ticks / _TICK


def wait_until_idle(pids: list[int]) -> None:
    """Wait, some seconds at most, while the processes still work on what nobody waits for any more."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        before = cpu_seconds(pids)
        time.sleep(0.05)
        if cpu_seconds(pids) - before <= 1 / _TICK:
            return


def resident_mib(pid: int) -> float:
    """The memory a process has now."""
    return _status(pid, "VmRSS")


def peak_mib(pid: int) -> float:
    """The most memory a process had since its start, or since `forget_peak`."""
    return _status(pid, "VmHWM")


def forget_peak(pid: int) -> None:
    """Let a process's peak begin anew (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def open_files(pid: int) -> int:
    """How many files, sockets and pipes a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def _stat(pid: int) -> list[str]:
    """The fields of /proc/pid/stat after the name, which may hold blanks; none when the process has gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return []


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _status(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) / _MIB
    return 0.0
