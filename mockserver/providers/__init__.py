"""The providers there are. This list is the only place outside their homes that knows them."""

from __future__ import annotations

from importlib import import_module

from mockserver.contract.errors import SpecError
from mockserver.providers.base import Provider

NAMES = ("pictory", "hooked", "xai", "kie", "ltx")


def get(name: str) -> Provider:
    """The module of a provider. SpecError when there is none of that name."""
    if name not in NAMES:
        raise SpecError("--provider", "", name, NAMES)
    module: Provider = import_module(f"mockserver.providers.{name}")
    return module
