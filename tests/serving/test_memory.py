"""What was freed goes back to the system, though something above it is still in use."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# Pieces too small for pages of their own, and after each of them something that stays.
SCRIPT = """
import time
from pathlib import Path

from helpdesk_api.serving.memory import keep_giving_back


def resident_mib():
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * 4096 / 2**20


keep_giving_back()
pieces = [(b"x" * 100_000, b"x" * 1_000) for _ in range(1_000)]
full = resident_mib()
kept = [second for _, second in pieces]
del pieces
deadline = time.monotonic() + 20
while full - resident_mib() < 80 and time.monotonic() < deadline:
    time.sleep(0.05)
print(full - resident_mib())
"""


@pytest.mark.skipif("CS_GNU_LIBC_VERSION" not in os.confstr_names, reason="only glibc keeps so much")
def test_memory_that_was_freed_goes_back_to_the_system() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert float(done.stdout) > 80
