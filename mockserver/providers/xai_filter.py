"""The filters of xAI's list of files: comparisons joined by AND, OR, NOT and parentheses, as in
AIP-160. Its functions, and words that stand alone, are refused in words, not misread."""

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
AND, OR = re.compile(r"\s*AND(?=[\s(])"), re.compile(r"\s*OR(?=[\s(])")
NOT = re.compile(r"\s*(?:NOT(?=[\s(])|-)")
OPEN, CLOSE = re.compile(r"\s*\("), re.compile(r"\s*\)")
DEEPEST = 50


class Unreadable(ValueError):
    """A filter that cannot be read; the text says why."""


def chosen(text: str, files: Iterable[StoredFile]) -> list[StoredFile]:
    """The files that pass a filter. Unreadable when there is no telling."""
    if not text.strip():
        return list(files)
    reader = _Reader(text)
    test = reader.expression()
    if reader.rest:
        raise Unreadable(f"{reader.rest[:40]!r} closes what is not open")
    return [file for file in files if test(file)]


class _Reader:
    """Reads a filter from front to back."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    @property
    def rest(self) -> str:
        return self._text[self._at :].strip()

    def expression(self) -> Test:
        """What stands side by side holds together, with AND between or nothing."""
        tests = [self._either()]
        while self.rest and not self.rest.startswith(")"):
            self._take(AND)
            tests.append(self._either())
        return lambda file: all(test(file) for test in tests)

    def _either(self) -> Test:
        """OR binds more closely than AND."""
        tests = [self._term()]
        while self._take(OR):
            tests.append(self._term())
        return lambda file: any(test(file) for test in tests)

    def _term(self) -> Test:
        if self._take(NOT):
            negated = self._simple()
            return lambda file: not negated(file)
        return self._simple()

    def _simple(self) -> Test:
        if self._take(OPEN):
            return self._composite()
        term = self._take(TERM)
        if not term:
            raise Unreadable(f"{self.rest[:40]!r} is no comparison of a field and a value")
        return _test(*term.groups())

    def _composite(self) -> Test:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Unreadable(f"there are more than {DEEPEST} parentheses")
        inside = self.expression()
        if not self._take(CLOSE):
            raise Unreadable("a parenthesis is not closed")
        return inside

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._at)
        if found:
            self._at = found.end()
        return found


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
