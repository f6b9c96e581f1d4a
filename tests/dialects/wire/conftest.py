"""A media folder for what is uploaded."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from helpdesk_api.storage.files import LocalFiles


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture
async def files(root: Path) -> AsyncIterator[LocalFiles]:
    files = LocalFiles(root)
    yield files
    await files.close()
