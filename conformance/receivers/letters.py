"""What a provider's webhooks say, as far as receivers are judged with it. A module is one."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, cast

from conformance.dialects import NAMES, dialect_of
from conformance.dialects.base import Push
from conformance.model import CannotRun, Json

WRITERS = tuple(name for name in NAMES if find_spec(f"conformance.receivers.{name}"))
"""The providers that send something to be read."""


class Letters(Protocol):
    """The bodies of one provider. Each is about a job, by its id."""

    def new_job(self, number: int) -> str:
        """An id as the provider's look."""

    def success(self, job: str) -> Json:
        """The job is done."""

    def failure(self, job: str) -> Json:
        """The job failed."""

    def odd(self, job: str) -> Json:
        """A state that no page lists."""

    def others(self, job: str) -> Mapping[str, Json]:
        """Further bodies that say that the job is done, by who documents or sends them."""

    def headers(self, secret: str, job: str, stamp: int, body: bytes) -> Mapping[str, str]:
        """What proves who sent a body; nothing where the provider does not sign."""


def letters_of(provider: str) -> tuple[Letters, Push]:
    """The letters of a provider, and how it delivers. CannotRun where it sends none."""
    push = dialect_of(provider).PUSH
    if provider not in WRITERS or push is None:
        raise CannotRun(f"{provider} sends no webhooks; {', '.join(WRITERS)} do")
    module = import_module(f"conformance.receivers.{provider}")
    return cast(Letters, module), push
