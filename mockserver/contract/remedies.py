"""What a value may stand for, by what its schema would like to have. Guesses: try before use."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from mockserver.contract import lexicon
from mockserver.contract.model import Json

LONGEST = 200  # signs of a text that is looked at
NUMBER = re.compile(
    r"\s*([+-]?\d{1,15}(?:\.\d{1,9})?)\s*(?:s|secs?|seconds?|fps|p|px)?\s*", re.IGNORECASE
)
NUMBERS = re.compile(r"\d+(?:\.\d+)?")
ADDRESS = re.compile(r"(?:https?|data):", re.IGNORECASE)
BOOLEANS = {"true": True, "false": False}


def remedies(value: Json, schema: Json) -> Iterator[list[Json]]:
    """What a value may stand for, kind by kind, likeliest first."""
    if not isinstance(schema, dict):
        return
    listed = [one for one in schema.get("enum", ()) if one is not None]
    if isinstance(value, str) and len(value) <= LONGEST:
        yield _same_spelling(value, listed)
        yield _number(value)
        yield _same_numbers(value, listed)
        yield _near(value, listed)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield _as_text(value, listed)
        yield _multiples(value, schema)
    yield _wrapped(value, schema)
    yield _unwrapped(value)


def _same_spelling(value: str, listed: list[Json]) -> list[Json]:
    """The same but for case and signs."""
    spelt = lexicon.plain(value)
    found = [one for one in listed if isinstance(one, str) and lexicon.plain(one) == spelt]
    if not found and value.strip().lower() in BOOLEANS:
        return [BOOLEANS[value.strip().lower()]]
    return found if spelt else []


def _number(value: str) -> list[Json]:
    """The number that a text says, its unit left out."""
    match = NUMBER.fullmatch(value)
    if not match:
        return []
    number = float(match[1])
    return [int(number)] if number.is_integer() else [number]


def _same_numbers(value: str, listed: list[Json]) -> list[Json]:
    """Those with the same numbers in the same order, else those with all of one side's."""
    numbers = _numbers(value)
    if not numbers:
        return []
    texts = [one for one in listed if isinstance(one, str) and _same_letters(value, one)]
    if same := [one for one in texts if _numbers(one) == numbers]:
        return list(same)
    return [one for one in texts if _within(numbers, _numbers(one))]


def _near(value: str, listed: list[Json]) -> list[Json]:
    """Those with a letter or two wrong, else those that say more or less than this."""
    spelt, texts = lexicon.plain(value), [one for one in listed if isinstance(one, str)]
    close = [
        one
        for one in texts
        if lexicon.mistyped(spelt, lexicon.plain(one)) and not _is_measure(value, one)
    ]
    if close:
        close.sort(key=lambda one: lexicon.distance(spelt, lexicon.plain(one), 4))
        return close[:1]
    said = lexicon.words(value)
    if not any(len(one) > 2 and one.isalpha() for one in said):
        return []
    return [
        one
        for one in texts
        if any(len(word) > 2 for word in said & lexicon.words(one))
        and (said <= lexicon.words(one) or lexicon.words(one) <= said)
    ]


def _as_text(value: float, listed: list[Json]) -> list[Json]:
    """The texts that say a number, with whatever unit they have."""
    if not math.isfinite(value):
        return []
    texts = [one for one in listed if isinstance(one, str)]
    if same := [one for one in texts if _numbers(one) == [float(value)]]:
        return list(same)
    return [one for one in texts if float(value) in _numbers(one) and value >= 100]


def _multiples(value: float, schema: Json) -> list[Json]:
    """The nearest ones below and above, where only multiples are taken."""
    step = schema.get("multipleOf")
    if not isinstance(step, int | float) or not step > 0 or not math.isfinite(value / step):
        return []
    return [math.floor(value / step) * step, math.ceil(value / step) * step]


def _wrapped(value: Json, schema: Json) -> list[Json]:
    """The value in a list, or in an object under the name that says of what form it is."""
    found: list[Json] = []
    if "items" in schema and not isinstance(value, list):
        found.append([value])
    if isinstance(value, str) and not isinstance(schema.get("enum"), list):
        address = ADDRESS.match(value) is not None
        for name in schema.get("properties", {}):
            form = "url" if lexicon.plain(name) in ("url", "uri") else "id"
            if (form == "url") == address and (form == "url" or name.lower().endswith("id")):
                found.append({name: value})
    return found if isinstance(value, str | int | float) else found[:1]


def _unwrapped(value: Json) -> list[Json]:
    """What a list or an object of one thing holds."""
    if isinstance(value, list) and len(value) == 1:
        return [value[0]]
    if isinstance(value, dict) and len(value) == 1:
        name, inner = next(iter(value.items()))
        return [inner] if isinstance(inner, str) and lexicon.words(name) <= lexicon.FORMS else []
    return []


def _numbers(text: str) -> list[float]:
    return [float(one) for one in NUMBERS.findall(text[:LONGEST])]


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())


def _is_measure(*texts: str) -> bool:
    """Whether texts are numbers with little around them."""
    return all(_numbers(one) and len(_letters(one)) <= 2 for one in texts)


def _same_letters(one: str, other: str) -> bool:
    """Whether two texts differ in numbers only; or are measures, and not in different units."""
    if _letters(one) == _letters(other):
        return True
    first, second = _unit(one), _unit(other)
    return _is_measure(one, other) and (first.startswith(second) or second.startswith(first))


def _unit(text: str) -> str:
    """The letters behind the last number."""
    return _letters(NUMBERS.split(text[:LONGEST])[-1])


def _within(some: list[float], others: list[float]) -> bool:
    """Whether all of the fewer numbers are among the more, and there are any."""
    few, many = sorted((some, others), key=len)
    return bool(few) and all(one in many for one in few)
