"""/docs and /redoc: the OpenAPI document as pages, with nothing loaded from another machine."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
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
_STATIC = files("fastapi_offline") / "static"
_FOR_A_DAY = {"Cache-Control": "public, max-age=86400"}


class Assets(StaticFiles):
    """The pages' scripts and styles, which are the same for everybody."""

    def file_response(self, *arguments: Any, **options: Any) -> Response:
        """As StaticFiles does it, for a browser to keep a day."""
        response = super().file_response(*arguments, **options)
        response.headers.update(_FOR_A_DAY)
        return response


ASSETS = Assets(directory=str(_STATIC))
# ReDoc loads its makers' logo from their server, and does without where that is no picture.
_REDOC = (_STATIC / "redoc.standalone.js").read_bytes().replace(b"https://cdn.redoc.ly/redoc/logo-mini.svg", b"data:,")
SWAGGER_UI = {
    "persistAuthorization": True,
    "tryItOutEnabled": True,
    "docExpansion": "none",
    # The document's x-... are for other programs.
    "showExtensions": False,
    # It would have the document checked by a public server.
    "validatorUrl": None,
}
# Both put styles into the page as they draw it, and ReDoc has its search in a worker made of a blob.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)

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


@router.get(f"{ASSETS_PATH}/redoc.standalone.js", name="redoc_script")
async def redoc_script() -> Response:
    """ReDoc itself."""
    return Response(_REDOC, media_type="text/javascript", headers=_FOR_A_DAY)


def _prefix(request: Request) -> str:
    """What stands before every path where a proxy serves the service below one."""
    return quote(urlsplit(service_of(request).settings.base_url).path, safe="/%")


def _kept_at_home(page: HTMLResponse, request: Request) -> HTMLResponse:
    """Forbid the browser to load anything from elsewhere, and to run a script that this page has not come with."""
    base = urlsplit(service_of(request).settings.base_url)
    # Requests tried out on the page go to the base URL, which need not be where the page came from.
    service = f" {base.scheme}://{base.netloc}" if base.netloc else ""
    scripts = "".join(f" 'sha256-{_hash(found[1])}'" for found in _INLINE_SCRIPT.finditer(bytes(page.body)))
    page.headers["Content-Security-Policy"] = (
        f"{CONTENT_SECURITY_POLICY}; script-src 'self'{scripts}; connect-src 'self'{service}"
    )
    return page


def _hash(script: bytes) -> str:
    return b64encode(sha256(script).digest()).decode()
