"""Steps that stories about xAI's files share: send a form, list, publish."""

from __future__ import annotations

from typing import Any

from mockserver.contract.model import Json
from tests.conftest import Mock

FILES = "/xai/v1/files"
MB = 1024 * 1024
HOUR = 3600
MONTH = 30 * 24 * HOUR


def form(*fields: tuple[str, Any]) -> Json:
    """A multipart form in this order; a field is text, a file is its name and its bytes."""
    return [(name, (None, value) if isinstance(value, str) else value) for name, value in fields]


async def send(mock: Mock, *fields: tuple[str, Any]) -> Any:
    return await mock.post(FILES, files=form(*fields))


async def listed(mock: Mock, **query: Any) -> list[str]:
    answer = await mock.get(FILES, params=query)
    assert answer.status_code == 200, answer.text
    return [one["filename"] for one in answer.json()["data"]]


async def publish(mock: Mock, id: str, **body: Any) -> Any:
    return await mock.post(f"{FILES}/{id}/public-url", json=body)
