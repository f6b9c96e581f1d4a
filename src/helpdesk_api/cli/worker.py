"""A worker process: the app, which ends with the process that started it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait
from multiprocessing.process import parent_process

from fastapi import FastAPI

from helpdesk_api.main import create_app


def create_worker() -> FastAPI:
    """The app, as uvicorn makes it once in every process.

    A worker whose supervisor was killed would go on holding the port, with no database behind it.
    """
    supervisor = parent_process()
    if supervisor is not None:
        threading.Thread(target=_end_after, args=[supervisor], name="supervisor-watch", daemon=True).start()
    return create_app()


def _end_after(supervisor: multiprocessing.Process) -> None:
    """Wait for the supervisor's end, whatever brings it, and then stop as on SIGTERM: after the running requests."""
    wait([supervisor.sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
