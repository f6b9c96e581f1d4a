"""The image-upload ticket API: tokens, tickets with a limit, files. See `docs/dialects/image-upload.md`."""

from __future__ import annotations

from helpdesk_api.dialects.drf.errors import REFUSALS, render_problem
from helpdesk_api.dialects.drf.metadata import describe
from helpdesk_api.dialects.image_upload.routers import files, token_auth
from helpdesk_api.dialects.wire.dialect import Dialect

IMAGE_UPLOAD = Dialect(
    name="image-upload",
    prefixes=["/api", "/api-token-auth"],
    routers=[token_auth.router, files.router],
    render_problem=render_problem,
    refusals=REFUSALS,
    heading="Upload tickets",
    tags=[
        {
            "name": "Upload tickets: sign in",
            "description": "A token for a user name and a password, to be sent as `Authorization: Token …`.",
        },
        {
            "name": "Upload tickets: files",
            "description": "Files sent to upload tickets; each moves its ticket's status on, a deletion moves it back.",
        },
    ],
    describe=describe,
    only_for={"upload": [files.router]},
)
