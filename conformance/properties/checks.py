"""What holds of every answer to a generated request, as Schemathesis asks it. Registered by being
imported; the provider is read off the schema, so that one registration serves all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import schemathesis
from schemathesis.core.transport import Response
from schemathesis.generation.meta import REQUEST_SHAPE_PROBES

from conformance.dialects import dialect_of
from conformance.exchange import Answer
from conformance.target import TOO_FAST

if TYPE_CHECKING:
    from schemathesis import Case, CheckContext

    from conformance.dialects.base import Dialect, Mode

OWN = ("refused_in_form", "accepted_names_a_job", "negative_is_refused", "legal_is_accepted")
OFF = (
    "negative_data_rejection",
    "positive_data_acceptance",
    "ignored_auth",
    "missing_required_header",
    "unsupported_method",
)
"""Checks of Schemathesis that ours, and the chapters, replace: they know refusals by their HTTP
status only."""

IGNORED = re.compile(r"unexpected|duplicate|additionalProperties", re.IGNORECASE)
"""What providers ignore: what is wrong there does not make a request wrong."""

legal: set[str] = set()
"""The ids of the requests that were made legal: checks are functions, and know nothing else."""

JUDGED = {"body", "query", "path"}


@schemathesis.check
def refused_in_form(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """A refusal has the form of its provider's errors."""
    if elsewhere(case):
        return
    problem = _dialect(case).problem(answer_of(response))
    assert problem is None or problem.envelope, "A refusal is not in the provider's form"


@schemathesis.check
def accepted_names_a_job(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """A create that is accepted answers with the id of a job."""
    mode, answer = mode_of(case), answer_of(response)
    if mode is None or mode.waits or case.method != "POST" or _dialect(case).problem(answer):
        return
    assert _dialect(case).job_of(answer), "A create was accepted, and names no job"


@schemathesis.check
def negative_is_refused(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """What breaks the schema is refused."""
    if is_negative(case):
        problem = _dialect(case).problem(answer_of(response))
        assert problem is not None, f"What breaks the contract was accepted: {_told(case)}"


@schemathesis.check
def legal_is_accepted(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """A create that keeps the schema and the provider's rules is accepted."""
    if case.id in legal:
        problem = _dialect(case).problem(answer_of(response))
        assert problem is None or problem.status == TOO_FAST, (
            "A create that keeps all rules was refused"
        )


def answer_of(response: Response) -> Answer:
    """A response of Schemathesis as ours."""
    raw = tuple((name, text) for name, texts in response.headers.items() for text in texts)
    return Answer(response.status_code, raw, response.content or b"", response.elapsed)


def is_negative(case: Case[Any]) -> bool:
    """Whether a request is wrong in a way that its provider must see."""
    meta = case.meta
    if meta is None or meta.generation.mode.is_positive or elsewhere(case):
        return False
    if getattr(meta.phase.data, "scenario", None) in REQUEST_SHAPE_PROBES:
        return False
    wrong = {str(place.value) for place, one in meta.components.items() if one.mode.is_negative}
    return bool(wrong & JUDGED) and not wrong - JUDGED and not IGNORED.search(_told(case))


def elsewhere(case: Case[Any]) -> bool:
    """Whether an operation is on a host of its own: storage, that knows no form of errors."""
    raw: Any = case.operation.schema.raw_schema
    return "servers" in raw["paths"][case.operation.path]


def mode_of(case: Case[Any]) -> Mode | None:
    """The mode whose create an operation is; None when it is none's."""
    id = case.operation.definition.raw.get("operationId")
    return next((one for one in _dialect(case).MODES.values() if one.operation == id), None)


def _dialect(case: Case[Any]) -> Dialect:
    raw: Any = case.operation.schema.raw_schema
    return dialect_of(raw["x-mock"]["provider"])


def _told(case: Case[Any]) -> str:
    """What is wrong with a request, in words."""
    meta = case.meta
    if meta is None:
        return ""
    data = meta.phase.data
    place = getattr(data, "parameter", None) or ""
    more = ", ".join(str(one) for one in getattr(data, "mutations", ()))
    return f"{data.description or ''} {place} {more}".strip()
