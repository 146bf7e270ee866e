"""Reports read what a run came to. One module per form; each makes a text of an account."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from conformance.reports.account import Account

KINDS = ("json", "junit", "html", "ctrf")


def report(kind: str) -> Callable[[Account], str]:
    """What makes a report of a kind."""
    return cast("Callable[[Account], str]", import_module(f"conformance.reports.{kind}").text)
