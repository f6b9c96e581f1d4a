"""The OpenAPI document as the repository keeps it, for reviews to show what changed: make openapi."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from helpdesk_api.db.engine import open_database
from helpdesk_api.main import create_app
from helpdesk_api.settings import Settings

SNAPSHOT = Path(__file__).parents[1] / "docs" / "openapi.json"


def stable(document: dict[str, Any]) -> str:
    """The document in one form, whatever order the code has put it together in."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write() -> None:
    """Put the document of a service with the default settings in the repository."""
    for name in [name for name in os.environ if name.startswith("HELPDESK_")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(_env_file=None, data_dir=Path(folder), log_level="WARNING")
        document = create_app(settings, open_database("postgresql+asyncpg:///nowhere")).openapi()
    SNAPSHOT.write_text(stable(document))


if __name__ == "__main__":
    write()
