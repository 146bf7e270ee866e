"""The promise of one provider as values: operations, errors, kinds of job, settings, evidence.

NamedTuples, because a dozen dataclasses add a tenth to the time the server takes to start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

Json: TypeAlias = Any
"""A JSON value at the door. Narrowed at once by whoever takes it."""


class Evidence(NamedTuple):
    """Who says a fact: `documented`, `observed` or `inferred`, where, and when it was true."""

    kind: str
    where: str
    date: str
    ours: bool = False
    note: str = ""


class Security(NamedTuple):
    """How an operation is told who calls: the header, and the scheme word before the key."""

    header: str
    scheme: str


class Parameter(NamedTuple):
    """One declared parameter. `place` is query, path or header; `schema` is a JSON pointer."""

    name: str
    place: str
    required: bool
    type: str
    schema: str


class Response(NamedTuple):
    """One declared answer: media type (lower case, bare) → JSON pointer of its schema."""

    media: Mapping[str, str]
    headers: frozenset[str]


class Operation(NamedTuple):
    """One method on one path, and what it does on the simulator."""

    provider: str
    id: str
    method: str
    path: str
    pointer: str
    does: str
    hosts: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    bodies: Mapping[str, str]
    body_required: bool
    responses: Mapping[str, Response]
    security: Security | None
    job: str
    jobs: tuple[str, ...]
    job_id: str
    body_limit: int
    stream: bool
    errors: tuple[str, ...]
    deprecated: bool
    properties: frozenset[str]


class ErrorEntry(NamedTuple):
    """One row of a provider's error catalogue."""

    name: str
    status: int
    code: str
    message: str
    media_type: str
    headers: tuple[tuple[str, str], ...]
    evidence: Evidence | None


class JobKind(NamedTuple):
    """What time does to one kind of job. All times in seconds of the provider's clock."""

    name: str
    running: tuple[tuple[str, float], ...]
    done: str
    failed: str
    after: str
    base: tuple[float, float]
    per_second: tuple[float, float]
    jumps: tuple[int, int] | None
    last_progress: int
    url_life: float
    record_life: float


class Setting(NamedTuple):
    """A switch offered where the evidence disagrees."""

    name: str
    summary: str
    default: str | float
    values: Mapping[str, str]
    range: tuple[float, float] | None
    evidence: Evidence | None
    value: str | float


@dataclass(frozen=True, slots=True, eq=False)
class Contract:
    """Everything one spec says, with the settings applied to it (`document` too).

    Two are equal only if they are the same, so that what is looked up in one can be remembered.
    """

    name: str
    title: str
    file: str
    own: bool
    hosts: tuple[str, ...]
    operations: tuple[Operation, ...]
    errors: Mapping[str, ErrorEntry]
    jobs: Mapping[str, JobKind]
    settings: Mapping[str, Setting]
    unit: str
    rates: Mapping[str, Mapping[str, float]]
    document: Json

    def operation(self, name: str) -> Operation:
        """The operation of that id; KeyError when the spec has none."""
        for operation in self.operations:
            if operation.id == name:
                return operation
        raise KeyError(name)

    def setting(self, name: str) -> str:
        """The chosen value of a switch, as text."""
        return str(self.settings[name].value)

    def number(self, name: str) -> float:
        """The chosen value of a switch that is a number."""
        return float(self.settings[name].value)
