"""The filters of xAI's list of files: comparisons joined by AND, out of AIP-160.

The rest of AIP-160 (OR, NOT, parentheses, functions) is refused in words, not misread.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from mockserver.providers.base import StoredFile

Field = Callable[[StoredFile], "str | float | None"]
Test = Callable[[StoredFile], bool]

FIELDS: dict[str, Field] = {
    "name": lambda file: file.filename,
    "filename": lambda file: file.filename,
    "file_id": lambda file: file.reference,
    "size_bytes": lambda file: file.bytes,
    "content_type": lambda file: file.media_type,
    "created_at": lambda file: file.created,
    "expires_at": lambda file: file.expires,
    "upload_status": lambda file: "complete",
}
NUMBERS = ("size_bytes", "created_at", "expires_at")
COMPARED: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    ":": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
TERM = re.compile(r"""\s*(\w+)\s*(<=|>=|!=|=|<|>|:)\s*("(?:[^"\\]|\\.)*"|'[^']*'|[^\s()"']+)""")
AND = re.compile(r"\s+AND\s+")


class Unreadable(ValueError):
    """A filter that cannot be read; the text says why."""


def chosen(text: str, files: Iterable[StoredFile]) -> list[StoredFile]:
    """The files that pass a filter. Unreadable when there is no telling."""
    tests = _tests(text)
    return [file for file in files if all(test(file) for test in tests)]


def _tests(text: str) -> list[Test]:
    tests: list[Test] = []
    at = 0
    while text[at:].strip():
        if tests:
            joint = AND.match(text, at)
            if not joint:
                raise Unreadable(f"{text[at:][:40]!r} does not begin with AND")
            at = joint.end()
        term = TERM.match(text, at)
        if not term:
            raise Unreadable(f"{text[at:][:40]!r} is no comparison of a field and a value")
        tests.append(_test(*term.groups()))
        at = term.end()
    return tests


def _test(field: str, sign: str, value: str) -> Test:
    if field not in FIELDS:
        raise Unreadable(f"{field} is no field; there are {', '.join(FIELDS)}")
    value = value[1:-1] if value[0] in "\"'" else value
    if field in NUMBERS:
        return _numeric(FIELDS[field], sign, _number(value))
    if sign not in ("=", "!=", ":"):
        raise Unreadable(f"{field} cannot be compared by {sign}")
    return _textual(FIELDS[field], sign, value)


def _numeric(of: Field, sign: str, value: float) -> Test:
    compare = COMPARED[sign]

    def test(file: StoredFile) -> bool:
        found = of(file)
        return isinstance(found, int | float) and compare(int(found), value)

    return test


def _textual(of: Field, sign: str, value: str) -> Test:
    """Equal, a star standing for anything; or, with a colon, contained."""
    pattern = value.replace("[", "[[]").replace("?", "[?]")
    pattern = f"*{pattern}*" if sign == ":" else pattern

    def test(file: StoredFile) -> bool:
        return fnmatchcase(str(of(file)), pattern) is (sign != "!=")

    return test


def _number(value: str) -> float:
    """A number, or a moment of RFC 3339 in Unix seconds."""
    try:
        return float(value)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise Unreadable(f"{value[:40]!r} is neither a number nor a time") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
