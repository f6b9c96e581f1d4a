"""/docs and /redoc: the OpenAPI document as pages, with nothing loaded from another machine."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import APIRouter
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from helpdesk_api.dialects.wire.routes import WireRoute
from helpdesk_api.dialects.wire.state import service_of

ASSETS_PATH = "/docs-assets"


class Assets(StaticFiles):
    """The pages' scripts and styles, which are the same for everybody."""

    def file_response(self, *arguments: Any, **options: Any) -> Response:
        """As StaticFiles does it, for a browser to keep a day."""
        response = super().file_response(*arguments, **options)
        response.headers["Cache-Control"] = "public, max-age=86400"
        return response


ASSETS = Assets(directory=str(files("fastapi_offline") / "static"))
SWAGGER_UI = {
    "persistAuthorization": True,
    "tryItOutEnabled": True,
    "docExpansion": "none",
    # It would have the document checked by a public server.
    "validatorUrl": None,
}
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; frame-ancestors 'none'"
)

router = APIRouter(route_class=WireRoute, include_in_schema=False)


@router.get("/", name="start")
async def to_docs(request: Request) -> RedirectResponse:
    """To the pages for people."""
    return RedirectResponse(f"{_prefix(request)}/docs")


@router.get("/docs", name="docs")
async def swagger_ui(request: Request) -> HTMLResponse:
    """Swagger UI."""
    assets = _prefix(request) + ASSETS_PATH
    page = get_swagger_ui_html(
        openapi_url=f"{_prefix(request)}/openapi.json",
        title=escape(request.app.title),
        swagger_js_url=f"{assets}/swagger-ui-bundle.js",
        swagger_css_url=f"{assets}/swagger-ui.css",
        swagger_favicon_url=f"{assets}/favicon.png",
        swagger_ui_parameters=SWAGGER_UI,
    )
    return _kept_at_home(page, request)


@router.get("/redoc", name="redoc")
async def redoc(request: Request) -> HTMLResponse:
    """ReDoc."""
    assets = _prefix(request) + ASSETS_PATH
    page = get_redoc_html(
        openapi_url=f"{_prefix(request)}/openapi.json",
        title=escape(request.app.title),
        redoc_js_url=f"{assets}/redoc.standalone.js",
        redoc_favicon_url=f"{assets}/favicon.png",
        with_google_fonts=False,
    )
    return _kept_at_home(page, request)


def _prefix(request: Request) -> str:
    """What stands before every path where a proxy serves the service below one."""
    return quote(urlsplit(service_of(request).settings.base_url).path, safe="/%")


def _kept_at_home(page: HTMLResponse, request: Request) -> HTMLResponse:
    """Forbid the browser to load anything from elsewhere, as ReDoc would its makers' logo."""
    base = urlsplit(service_of(request).settings.base_url)
    # Requests tried out on the page go to the base URL, which need not be where the page came from.
    service = f" {base.scheme}://{base.netloc}" if base.netloc else ""
    page.headers["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; connect-src 'self'{service}"
    return page
