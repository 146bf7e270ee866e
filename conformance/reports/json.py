"""A run for programs. Its form is report.schema.json beside this file."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from conformance.model import Json
    from conformance.reports.account import Account


def text(account: Account) -> str:
    return json.dumps(account.show(), indent=2, ensure_ascii=False) + "\n"


def schema() -> Json:
    """The form of the report, as JSON Schema."""
    file = resources.files("conformance.reports") / "report.schema.json"
    return cast("Json", json.loads(file.read_text("utf-8")))
