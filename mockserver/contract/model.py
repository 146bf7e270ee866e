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
    """A way to say who calls: the header, and the scheme word before the key."""

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


class Signature(NamedTuple):
    """How a push is signed. `secret` is empty when nothing is signed.

    `message` and `headers` are made of `{id}`, `{timestamp}`, `{body}` and `{signature}`.
    """

    secret: str
    algorithm: str
    encoding: str
    message: str
    headers: tuple[tuple[str, str], ...]


class Policy(NamedTuple):
    """How pushes are delivered: what counts as received, how long to wait, and when to try again.

    `retries` are the seconds between a failed attempt and the next; all on the provider's clock.
    """

    name: str
    timeout: float
    success: frozenset[int]
    retries: tuple[float, ...]
    headers: tuple[tuple[str, str], ...]
    signature: Signature | None


class Push(NamedTuple):
    """What a provider sends by itself when a job has ended.

    `target` points at its URL in the body of the request; `schema` at the shape of what is sent,
    and is empty where the bytes of the result are (`media` says of what type).
    """

    name: str
    method: str
    target: str
    media: str
    schema: str
    policy: Policy


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
    security: tuple[Security, ...]
    job: str
    jobs: tuple[str, ...]
    job_id: str
    body_limit: int
    stream: bool
    errors: tuple[str, ...]
    deprecated: bool
    properties: frozenset[str]
    result: str
    pushes: tuple[Push, ...]


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
    """A switch offered where the evidence disagrees: of named values, of a range, or any text."""

    name: str
    summary: str
    default: str | float
    values: Mapping[str, str]
    range: tuple[float, float] | None
    text: bool
    evidence: Evidence | None
    value: str | float


class Credits(NamedTuple):
    """How a key's balance is kept. `start` None: there is no limit until one is set.

    `held`: a job's cost is held until it is done, not taken at once; `refunded`: a job that fails
    costs nothing.
    """

    start: float | None
    held: bool
    refunded: bool


@dataclass(frozen=True, slots=True, eq=False)
class Contract:
    """Everything one spec says, with the settings applied to it (`document` too).

    `client_env` are environment variables that clients read, made of `{base}` and `{key}`.
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
    credits: Credits
    client_env: Mapping[str, str]
    document: Json

    def results(self) -> dict[str, str]:
        """The path of each kind of result, by its name."""
        paths: dict[str, str] = {}
        for operation in self.operations:
            if operation.does == "download":
                paths.setdefault(operation.result, operation.path)
        return paths

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
