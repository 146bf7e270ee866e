"""Every operation with generated requests: Schemathesis' examples, coverage and fuzzing phases."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.exchange import Answer, Ask, Exchange
from conformance.model import Disabled, Finding, Json
from conformance.properties.ticking import ticking
from conformance.target import REMOVED, changed

if TYPE_CHECKING:
    from schemathesis import Case
    from schemathesis.engine.recorder import ScenarioRecorder

    from conformance.target import Target

TIMEOUT = 20.0
MISSING = re.compile(r"Missing required property: (?P<name>\w+)")
FIELD = re.compile(r"/properties/(?P<name>\w+)")


async def fuzz(
    target: Target, operation: str, *, seed: int, max_examples: int
) -> AsyncIterator[Finding]:
    """What one operation does wrong, each kind of failure once, with the request that shows it."""
    legal = {
        one.operation: await target.body(one)
        for one in target.dialect.MODES.values()
        if one.operation == operation
    }
    if target.connection.address is None:
        raise Disabled("made-up requests start many jobs, and cost money at a live target")
    async with target.connection.address() as base, ticking(target):
        plan = Plan(operation, base, seed, max_examples, legal)
        findings = await asyncio.to_thread(lambda: list(_found(target, plan)))
    for one in findings:
        yield one


@dataclass(frozen=True, slots=True)
class Plan:
    """What is sent: so many requests to an operation behind a base. `legal` are bodies that have to
    be accepted, by operation."""

    operation: str
    base: str
    seed: int
    max_examples: int
    legal: Mapping[str, Json]


def _found(target: Target, plan: Plan) -> Iterator[Finding]:
    """Runs the engine; blocks."""
    from schemathesis.engine import events, from_schema

    seen: set[str] = set()
    for event in from_schema(_schema(target, plan)).execute():
        if isinstance(event, events.ScenarioFinished):
            for title, said, exchange in _failures(target, event.recorder):
                if title not in seen:
                    seen.add(title)
                    yield Finding(_wanted(title), said, (exchange,))
        elif isinstance(event, events.NonFatalError | events.FatalError):
            error = event.value if isinstance(event, events.NonFatalError) else event.exception
            raise RuntimeError(f"Schemathesis could not test {plan.operation}: {error}")


def _schema(target: Target, plan: Plan) -> Any:
    """The spec, set up for one operation of the target."""
    import schemathesis
    from schemathesis.config import SchemathesisConfig

    from conformance.properties import checks

    checks.legal.clear()
    off = {name: {"enabled": False} for name in checks.OFF}
    generation = {"max-examples": plan.max_examples, "database": "none"}
    if any(one.waits and one.operation == plan.operation for one in target.dialect.MODES.values()):
        generation["mode"] = "negative"  # each that is accepted is a video to be waited for
    config = SchemathesisConfig.from_dict(
        {
            "seed": plan.seed,
            "base-url": plan.base,
            "headers": target.dialect.credentials(target.connection.keys[0]),
            "continue-on-failure": True,
            "request-timeout": TIMEOUT,
            "checks": off,
            "phases": {"stateful": {"enabled": False}},
            "generation": generation,
        }
    )
    schema = schemathesis.openapi.from_dict(target.contract.document, config=config)

    @schema.hook
    def map_case(ctx: Any, case: Case[Any]) -> Case[Any]:
        _make_legal(case, plan.legal)
        return case

    return schema.include(operation_id=plan.operation)


def _make_legal(case: Case[Any], legal: Mapping[str, Json]) -> None:
    """Put what was generated into a body that keeps the provider's rules: the free fields, so that
    it has to be accepted; or the one field that is wrong, so that it is wrong for that alone."""
    from conformance.properties import checks

    mode = checks.mode_of(case)
    if mode is None or mode.operation not in legal or case.meta is None:
        return
    if not isinstance(case.body, dict):
        return
    if case.meta.generation.mode.is_negative:
        if (name := _wrong(case)) is not None:
            value = case.body.get(name, REMOVED)
            case.body = changed(legal[mode.operation], {f"/{name}": value})
    elif mode.free:
        free = {f"/{name}": _plain(case.body[name]) for name in mode.free if name in case.body}
        case.body = changed(legal[mode.operation], free)
        checks.legal.add(case.id)


def _plain(value: Json) -> Json:
    """A whole number as every reader takes it: 9, which JSON may also write 9.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _wrong(case: Case[Any]) -> str | None:
    """The one field of a body that is wrong; None when it is not just one."""
    assert case.meta is not None
    data = case.meta.phase.data
    if missing := MISSING.fullmatch(data.description or ""):
        return missing["name"]
    paths = {one.path[0] for one in getattr(data, "mutations", ()) if one.path}
    if len(paths) == 1:
        return str(paths.pop())
    found = FIELD.match(data.location or "")
    return found["name"] if found else None


def _failures(target: Target, recorder: ScenarioRecorder) -> Iterator[tuple[str, str, Exchange]]:
    """Each failed check: what it is called, what it says, and the exchange."""
    from schemathesis.engine import Status

    for id, nodes in recorder.checks.items():
        for node in nodes:
            if node.status == Status.FAILURE and node.failure_info is not None:
                failure = node.failure_info.failure
                said = f"{failure.title}: {failure.message}".strip().partition("\n\nSchema")[0]
                title = failure.message if failure.title == "Custom check failed" else failure.title
                yield f"{node.name}: {title[:60]}", said, _exchange(target, recorder, id)


def _exchange(target: Target, recorder: ScenarioRecorder, id: str) -> Exchange:
    """A recorded interaction, without secrets."""
    made = recorder.interactions[id]
    headers = {name: ", ".join(texts) for name, texts in made.request.headers.items()}
    body = made.request.body
    ask = Ask(made.request.method, made.request.uri, headers, body or b"")
    if made.response is None:
        answer = Answer(0, (), b"", 0.0)
    else:
        got = made.response
        raw = tuple((name, text) for name, texts in got.headers.items() for text in texts)
        answer = Answer(got.status_code, raw, got.content or b"", got.elapsed)
    return Exchange(0, target.secrets.ask(ask), target.secrets.answer(answer), target.now())


def _wanted(title: str) -> str:
    """What a check asks for, by its name."""
    return f"an answer that holds to {title.partition(':')[0].replace('_', ' ')}"
