"""What xAI's contract says, looked up: models, limits, words. Nothing here decides anything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from mockserver.contract.message import Problem
from mockserver.contract.model import Contract, Json, Operation
from mockserver.jobs.chance import Chance

# Whole numbers, by where they stand in a body. JSON Schema takes 6.0 for one, serde does not.
WHOLE = (
    ("duration",),
    ("seconds",),
    ("expires_after",),
    ("storage_options", "expires_after"),
    ("storage_options", "public_url", "expires_after"),
)


def filled(template: str, fields: Mapping[str, object]) -> str:
    """A text of the contract with its {names} filled in; what is not known is left out."""
    return re.sub(r"\{(\w+)\}", lambda match: str(fields.get(match[1], "")), template)


@lru_cache(maxsize=256)
def limits(contract: Contract, schema: str) -> Mapping[str, Json]:
    """The properties of a schema of the contract, with the settings applied."""
    found: Mapping[str, Json] = contract.document["components"]["schemas"][schema]["properties"]
    return found


@lru_cache(maxsize=16)
def models(contract: Contract) -> list[Json]:
    """The catalogue of models: the example of the operation that lists them."""
    path = contract.operation("list_video_generation_models").path
    answer = contract.document["paths"][path]["get"]["responses"]["200"]
    found: list[Json] = answer["content"]["application/json"]["examples"]["catalogue"]["value"][
        "models"
    ]
    return found


@lru_cache(maxsize=256)
def model(contract: Contract, name: str | None) -> Json | None:
    """The model of that id or alias; of None the default one."""
    wanted = name or contract.document["components"]["schemas"]["Model"]["default"]
    for one in models(contract):
        if wanted == one["id"] or wanted in one["aliases"]:
            return one
    return None


@lru_cache(maxsize=64)
def tiers(contract: Contract, model_id: str) -> tuple[int, ...]:
    """The lines on the shorter side that a model has a price for, fewest first."""
    rates = contract.rates[model_id]
    return tuple(sorted(int(name[:-1]) for name in rates if name[0].isdigit()))


def seconds(body: Json, contract: Contract) -> int:
    """How long a generation is to be, under either name, as number or text."""
    default = limits(contract, "GenerateVideoRequest")["duration"]["default"]
    return int(body.get("duration") or body.get("seconds") or default)


@lru_cache(maxsize=256)
def team(owner: str) -> str:
    """The id of the team a key belongs to: one team for each key."""
    return Chance(owner.encode()).uuid()


def shown(value: float) -> str:
    """A number as messages show it: at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def dotted(pointer: str) -> str:
    """A JSON pointer as messages show it."""
    return pointer.lstrip("/").replace("/", ".")


def fraction(operation: Operation, body: Json) -> Problem | None:
    """A number with a decimal point where a whole one is wanted (decision A1)."""
    for path in WHOLE:
        if path[0] not in body or type(body[path[0]]) is int:
            continue
        value = body
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        if path[0] in operation.properties and isinstance(value, float):
            field = ".".join(path)
            detail = f"{field}: invalid type: floating point `{value}`, expected an integer"
            say = f"is {value}, which is no integer to a typed reader"
            return Problem("unprocessable", {"detail": detail}, say=say, pointer="/" + field)
    return None
