"""The composition root: settings in, the whole ASGI app out."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from helpdesk_api import __version__, documentation, health, introduction
from helpdesk_api.background.running import background_work
from helpdesk_api.db.announcer import EVENTS
from helpdesk_api.db.engine import Database, open_database
from helpdesk_api.dialects.drf.errors import REFUSALS, render_problem
from helpdesk_api.dialects.registry import DIALECTS
from helpdesk_api.dialects.wire.dialect import Dialect, by_prefix, install
from helpdesk_api.dialects.wire.hosts import AllowedHosts
from helpdesk_api.dialects.wire.openapi import build_document
from helpdesk_api.dialects.wire.rate_limit_fields import RateLimitFields
from helpdesk_api.dialects.wire.request_deadline import RequestDeadline
from helpdesk_api.dialects.wire.security_headers import SecurityHeaders
from helpdesk_api.dialects.wire.state import Service
from helpdesk_api.domain.events.feed import EventFeed
from helpdesk_api.domain.rate_limits.open_uploads import OpenUploads
from helpdesk_api.domain.rate_limits.service import RateLimits
from helpdesk_api.domain.rate_limits.storage import open_storage
from helpdesk_api.domain.users.verified_passwords import PasswordVerifier
from helpdesk_api.logs import RequestLog, configure_logs
from helpdesk_api.settings import Settings
from helpdesk_api.storage.clamav import ClamAV
from helpdesk_api.storage.files import LocalFiles
from helpdesk_api.storage.incoming import Inspection
from helpdesk_api.storage.pictures import refuse_false_pictures
from helpdesk_api.upkeep import sweeping

# So many more of them than before, and the garbage collector looks for cycles.
_NEW_OBJECTS = 20_000
# Everything that belongs to no dialect answers errors as the DRF dialect does.
OPERATION = Dialect(
    name="operation",
    prefixes=[],
    routers=[health.router, documentation.router],
    render_problem=render_problem,
    refusals=REFUSALS,
    heading="Operation",
    tags=[{"name": "Operation", "description": "For load balancers and containers; open to anybody."}],
)


def create_app(settings: Settings | None = None, database: Database | None = None) -> FastAPI:
    """The service over one database; without arguments, as the environment says.

    Raises `pydantic.ValidationError` for wrong settings and `ValueError` when no database is named.
    """
    settings = settings or Settings()
    configure_logs(settings.log_level, settings.log_format)
    database = database or _open_database(settings)
    service = Service(
        settings=settings,
        database=database,
        files=LocalFiles(settings.media_dir, _inspections(settings)),
        verifier=PasswordVerifier(rounds=settings.password_rounds),
        limits=_rate_limits(settings, database),
        open_uploads=OpenUploads(settings.max_open_uploads),
        feed=EventFeed(database),
    )
    app = FastAPI(
        title=settings.application_title,
        version=__version__,
        summary=introduction.SUMMARY,
        description=introduction.DESCRIPTION,
        lifespan=_lifespan,
        redirect_slashes=False,
        middleware=_middleware(settings),
        docs_url=None,
        redoc_url=None,
        # Looked up on every request, for nobody: what is measured is in the log.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    if database.listener is not None:
        database.listener.add(service.feed.hear, EVENTS)
    app.state.service = service
    install(app, service, DIALECTS, OPERATION)
    app.mount(documentation.ASSETS_PATH, documentation.ASSETS, name="docs-assets")
    app.openapi = lambda: _document(app, settings.base_url)  # type: ignore[method-assign]
    return app


def _open_database(settings: Settings) -> Database:
    if settings.database_url is None:
        raise ValueError("HELPDESK_DATABASE_URL is not set; `helpdesk-api serve` starts an embedded PostgreSQL.")
    return open_database(settings.database_url.get_secret_value(), settings.database_pool_size)


def _rate_limits(settings: Settings, database: Database) -> RateLimits:
    return RateLimits(
        open_storage(settings.rate_limit_address, database),
        per_name=settings.sign_in_failures_per_name,
        per_address=settings.sign_in_failures_per_address,
        per_token=settings.token_requests_per_minute,
    )


def _inspections(settings: Settings) -> list[Inspection]:
    """What looks at each uploaded file, in this order."""
    inspections: list[Inspection] = [refuse_false_pictures] if settings.verify_content else []
    return [*inspections, ClamAV(settings.clamav_address)] if settings.clamav_address else inspections


def _middleware(settings: Settings) -> list[Middleware]:
    """Pure ASGI only, outermost first."""
    chain = [Middleware(RequestLog, level=settings.log_level, log_format=settings.log_format)]
    if settings.trusted_proxies:
        chain.append(Middleware(ProxyHeadersMiddleware, trusted_hosts=settings.trusted_proxies))
    chain.append(Middleware(SecurityHeaders, settings=settings))
    chain.append(Middleware(AllowedHosts, settings=settings))
    if settings.cors_origins:
        chain.append(
            Middleware(
                CORSMiddleware,
                allow_origins=settings.cors_origins,
                allow_methods=["*"],
                allow_headers=["Authorization", "Content-Type", "X-Request-ID"],
                expose_headers=["Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID"],
            )
        )
    if settings.token_requests_per_minute:
        chain.append(Middleware(RateLimitFields))
    if settings.request_timeout:
        chain.append(Middleware(RequestDeadline, seconds=settings.request_timeout))
    return chain


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    # Routes, schemas and models live as long as the process: looking through them at every full collection costs up to
    # a tenth of a second, in which no request is served.
    gc.collect()
    gc.freeze()
    # What requests make they also drop, without cycles as a rule: looking for those every 700 objects would take a
    # twentieth of a list's time (docs/performance.md).
    gc.set_threshold(_NEW_OBJECTS, 20, 100)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(service.database.watched())
        await stack.enter_async_context(sweeping(service.database, service.files))
        if service.settings.background_work:
            await stack.enter_async_context(background_work(service.settings, service.database))
        await stack.enter_async_context(service.database.listening())
        yield
    await service.database.close()
    await service.files.close()
    await asyncio.to_thread(service.verifier.close)


def _document(app: FastAPI, base_url: str) -> dict[str, Any]:
    if app.openapi_schema is None:
        chapters = {dialect.heading or dialect.name: dialect.tags for dialect in (*DIALECTS, OPERATION)}
        addressed = by_prefix(DIALECTS, OPERATION)
        app.openapi_schema = build_document(app, chapters, lambda path: addressed(path).refusals, base_url)
    return app.openapi_schema
