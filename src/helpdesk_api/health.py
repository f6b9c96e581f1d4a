"""GET /healthz (alive) and GET /readyz (able to serve): what load balancers and containers ask."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse

from helpdesk_api.db.errors import DatabaseUnavailable, SchemaMismatch
from helpdesk_api.db.revisions import check_schema
from helpdesk_api.dialects.wire.routes import WireRoute
from helpdesk_api.dialects.wire.state import Service, service_of

router = APIRouter(route_class=WireRoute, tags=["Operation"])


class Health(BaseModel):
    """The process is up."""

    status: str = Field(examples=["ok"])


class Readiness(BaseModel):
    """What the service needs, and what is wrong with it; `ok` where nothing is."""

    status: str = Field(examples=["ok"])
    database: str = Field(examples=["ok"])
    migrations: str = Field(examples=["ok"])
    media: str = Field(examples=["ok"])


@router.get("/healthz", operation_id="getHealth", name="health")
async def get_health() -> Health:
    """Whether the process is up."""
    return Health(status="ok")


@router.get(
    "/readyz",
    operation_id="getReadiness",
    name="readiness",
    responses={503: {"model": Readiness, "description": "Something is missing: it says what."}},
)
async def get_readiness(request: Request) -> Readiness:
    """Whether it can serve: database reachable, migrations applied, media folder writable, and no stop asked for."""
    ready = await readiness(service_of(request))
    if ready.status != "ok":
        return JSONResponse(ready.model_dump(), 503)  # type: ignore[return-value]
    return ready


async def readiness(service: Service) -> Readiness:
    """Look at everything the service needs."""
    database, migrations = await _database_state(service)
    media = await _media_state(service)
    everything = "ok" if (database, migrations, media) == ("ok", "ok", "ok") else "unavailable"
    if service.stopping:
        everything = "stopping"
    return Readiness(status=everything, database=database, migrations=migrations, media=media)


async def _database_state(service: Service) -> tuple[str, str]:
    try:
        await check_schema(service.database.engine)
    except (DatabaseUnavailable, SQLAlchemyError):
        return "not reachable", "unknown"
    except SchemaMismatch as mismatch:
        return "ok", str(mismatch)
    return "ok", "ok"


async def _media_state(service: Service) -> str:
    try:
        await service.files.check_writable()
    except OSError as error:
        return f"not writable: {error.strerror}"
    return "ok"
