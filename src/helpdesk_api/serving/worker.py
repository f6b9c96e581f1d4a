"""A worker process: the app, which ends with the process that started it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait
from multiprocessing.process import parent_process

from starlette.types import ASGIApp

from helpdesk_api.main import create_app
from helpdesk_api.serving.draining import Draining
from helpdesk_api.serving.memory import keep_giving_back
from helpdesk_api.serving.service_manager import tell
from helpdesk_api.settings import Settings


def create_worker() -> ASGIApp:
    """The app, as uvicorn makes it once in every process.

    A worker whose supervisor was killed would go on holding the port, with no database behind it.
    """
    supervisor = parent_process()
    if supervisor is not None:
        threading.Thread(target=_end_after, args=[supervisor], name="supervisor-watch", daemon=True).start()
    keep_giving_back()
    settings = Settings()
    app = create_app(settings)
    # The socket listens already; whatever else there is to be done takes no longer than a request may wait.
    tell("READY=1")
    return Draining(app, settings.drain_seconds) if settings.drain_seconds else app


def _end_after(supervisor: multiprocessing.Process) -> None:
    """Wait for the supervisor's end, whatever brings it, and then stop as on SIGTERM: after the running requests."""
    wait([supervisor.sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
