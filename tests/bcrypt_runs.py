"""Counts bcrypt runs: what a password costs, whoever it is for."""

from __future__ import annotations

import threading

import bcrypt


class BcryptRuns:
    """Counts bcrypt runs, and holds them up while the gate is shut."""

    def __init__(self) -> None:
        self.count = 0
        self.started = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        self._run = bcrypt.hashpw

    def __call__(self, secret: bytes, config: bytes) -> bytes:
        self.count += 1
        self.started.set()
        self.gate.wait(10)
        return self._run(secret, config)
