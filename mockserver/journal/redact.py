"""Credentials are taken out before anything is kept: known by name, or by being the caller's.

What is kept of a call is short, so that the work is bounded; a call in which nothing looks like a
credential costs a few searches.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote

import orjson

from mockserver.contract.message import Call, Problem, Violation
from mockserver.contract.model import Json
from mockserver.contract.validate import matcher
from mockserver.journal.entry import KEPT_BYTES, Entry

WORD = "redacted"
USUAL = ("authorization", "x-api-key")
HEADERS = ("authorization", "x-api-key", "api-key", "proxy-authorization", "x-goog-api-key")
EVERYWHERE, ALONE = 8, 4  # signs from which a secret is taken out of any text, or as a word only
DEEPEST = 70

# What every text with a credential in it has: a name that tells, a password in an address, or
# letters escaped that need not be.
TELLING = (
    r"(?i)(?:key(?:[_-]?id)?|tokens?|secrets?|pass\w*|pwd|auth\w*|credentials?|sign?|signature)"
    r"[\"']?\s*[:=]|bearer\s|://[^/@\s\"]*@|\\\\u00[2-7]"
)
SCHEMES = ("bearer", "basic", "key", "token")
PLAIN = re.compile(r"[\w.~\-]*", re.ASCII)
NAMES = re.compile(
    r"(?:key|token|auth|sign?|pwd|pass)"
    r"|.*(?:(?:api|access|secret|private|signing|service|account|auth|hook|shared)key(?:id)?"
    r"|secrets?|password|passwd"
    r"|passphrase|authorization|credentials?|signature)"
    r"|(?!.*(?:page|pagination|next|continuation|cursor|previous)token).*tokens?"
)
IN_ADDRESS = re.compile(r"([?&;#]|^)([\w.%\-\[\]]{1,64})=([^&;#\s\"'<>]+)")
PARAMETER = re.compile(r"([?&;#])([^=&;#?]*)=([^&;#?]+)")
PASSWORD = re.compile(r"(://)[^/@\s\"'<>]{1,256}@")
BEARER = re.compile(r"(?i)(\bbearer\s+)[\w.~+/=\-]{4,}")
PAIR = re.compile(
    r"""(["']?)([A-Za-z][\w.\-]{1,63})\1(\s*[:=]\s*)"""
    r"""("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|\[[^\]]*\]?|\{[^}]*\}?|[^&\s,}\]"';]+)"""
)


def secrets(headers: Mapping[str, str], body: bytes = b"", target: str = "") -> tuple[str, ...]:
    """Every credential that a call carries: in its headers, and under names that tell."""
    found = list(carried(headers))
    if target and _hides(target):
        pairs = parse_qsl(target.partition("?")[2], keep_blank_values=True)
        found += [value for name, value in pairs if is_secret(name)]
    if body and _hides(body.decode("latin-1")):
        found += _told(body)
    unique = {one for one in found if len(one) >= ALONE and one.lower() not in SCHEMES}
    for one in [one for one in unique if not PLAIN.fullmatch(one)]:
        unique |= _otherwise_written(one)
    return tuple(sorted(unique, key=lambda one: (-len(one), one)))


def carried(headers: Mapping[str, str]) -> Iterator[str]:
    """The credentials in a call's headers, with and without the word before them."""
    for name in HEADERS:
        if (value := headers.get(name)) and value.lower() not in SCHEMES:
            yield value
            if after := value.partition(" ")[2].strip():
                yield after


def is_secret(name: str) -> bool:
    """Whether what stands under a name is a credential."""
    plain = re.sub(r"[^a-z0-9]", "", unquote(name[:80]).lower())
    return NAMES.fullmatch(plain) is not None


def clean(entry: Entry, headers: Mapping[str, str]) -> Entry:
    """An entry without the credentials of its call, or of anybody."""
    if not _needs_care(entry, headers):
        return entry
    known = secrets(headers, entry.request, entry.target)
    return entry._replace(
        target=text(entry.target, known),
        agent=text(entry.agent, known),
        say=text(entry.say, known),
        request=_body(entry.request, entry.request_bytes, known),
        reply=_body(entry.reply, _size(entry.reply), known),
        violations=tuple(violation(one, known) for one in entry.violations),
        suggestions=tuple(
            one._replace(about=text(one.about, known), say=text(one.say, known))
            for one in entry.suggestions
        ),
        notes=tuple(text(one, known) for one in entry.notes),
        bug=text(entry.bug, known),
    )


def said(words: str, call: Call, body: bytes) -> str:
    """What is said about a call, without its credentials."""
    if not words:
        return words
    if _hides(f"{words}\0{call.target}\0" + body.decode("latin-1")):
        return text(words, secrets(call.headers, body, call.target))
    if any(one in words for one in carried(call.headers)):
        return text(words, secrets(call.headers))
    return words


def text(words: str, known: Sequence[str] = ()) -> str:
    """A sentence or an address without credentials."""
    if not words:
        return words
    for secret in known:
        words = _without(words, secret)
    if not _hides(words):
        return words
    words = PASSWORD.sub(rf"\1{WORD}@", BEARER.sub(rf"\1{WORD}", words))
    return IN_ADDRESS.sub(_hidden_value, words)


def address(url: str) -> str:
    """A URL without credentials. What follows its values is known, unlike in a sentence."""
    return PARAMETER.sub(_hidden_value, PASSWORD.sub(rf"\1{WORD}@", url))


def problem(one: Problem, known: Sequence[str] = ()) -> Problem:
    """A problem that quotes no credential."""
    violations = tuple(violation(each, known) for each in one.violations)
    return replace(one, violations=violations, say=text(one.say, known))


def value(json: Json, known: Sequence[str] = (), depth: int = 0) -> Json:
    """JSON without credentials. What nests absurdly deep is left out."""
    if isinstance(json, str):
        return text(json, known)
    if not isinstance(json, dict | list):
        return json
    if depth > DEEPEST:
        return WORD
    if isinstance(json, list):
        return [value(one, known, depth + 1) for one in json]
    return {
        text(name, known): WORD if is_secret(name) and one else value(one, known, depth + 1)
        for name, one in json.items()
    }


def violation(one: Violation, known: Sequence[str] = ()) -> Violation:
    """A violation that does not quote what it is about, where that is a credential."""
    if any(is_secret(step) for step in one.pointer.split("/")):
        sentence = one.sentence.replace(one.found or WORD, WORD)
        return replace(one, found=WORD, sentence=_rough(sentence, known))
    found, sentence = _rough(one.found, known), _rough(one.sentence, known)
    pointer = text(one.pointer, known)
    if (found, sentence, pointer) == (one.found, one.sentence, one.pointer):
        return one
    return replace(one, found=found, sentence=sentence, pointer=pointer)


def _needs_care(entry: Entry, headers: Mapping[str, str]) -> bool:
    """Whether anything of an entry could be a credential. Asked on every call."""
    kept = (entry.request + b"\0" + entry.reply).decode("latin-1")
    whole = f"{kept}\0{entry.target}\0{entry.agent}"
    if entry.say or entry.notes or entry.violations or entry.suggestions or entry.bug:
        whole += _words(entry)
    if _hides(whole):
        return True
    for name in HEADERS if entry.problem or entry.notes else USUAL:
        if value := headers.get(name):
            secret, plain = _needle(value)
            if secret in whole or not plain:
                return True
            if entry.request_bytes > KEPT_BYTES or len(entry.reply) == KEPT_BYTES:
                return True  # one may have been cut off
    return False


@lru_cache(maxsize=1024)
def _needle(value: str) -> tuple[str, bool]:
    """What of a header's value is the secret, and whether it is always written in one way."""
    secret = value.partition(" ")[2].strip() or value
    return secret, PLAIN.fullmatch(secret) is not None


def _words(entry: Entry) -> str:
    """Everything that an entry says in our own words."""
    words = [entry.say, entry.bug, *entry.notes, *[hint.say for hint in entry.suggestions]]
    for one in entry.violations:
        words += (one.pointer.replace("/", ":"), ":", one.found, one.sentence)
    return "\0".join(words)


def _hides(words: str) -> bool:
    """Whether a text may have a credential in it."""
    try:
        return _suspicious()(words)
    except UnicodeEncodeError:  # half a letter
        return True


@lru_cache
def _suspicious() -> Callable[[str], bool]:
    return matcher(TELLING)


def _body(kept: bytes, size: int, known: Sequence[str]) -> bytes:
    """A kept body: as JSON where it is whole and JSON, else as text."""
    if not kept:
        return kept
    if size <= KEPT_BYTES:
        try:
            found = orjson.loads(kept)
        except orjson.JSONDecodeError:
            pass
        else:
            cleaned = value(found, known)
            return kept if cleaned == found else orjson.dumps(cleaned)
    words = kept.decode("latin-1")
    cleaned = _rough(words, known)
    if size > len(kept):
        cleaned = _without_beginning(cleaned, known)
    return kept if cleaned == words else cleaned.encode("latin-1", "replace")


def _told(body: bytes) -> list[str]:
    """The texts that a body has under names that tell of credentials."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        words = body.decode("utf-8", "replace")
        pairs = [(match[2], match[4].strip("\"'")) for match in PAIR.finditer(words)]
        return [one for name, one in pairs if is_secret(name)]
    found: list[str] = []
    layer = [value]
    for _ in range(DEEPEST):
        below: list[Json] = []
        for one in layer:
            if isinstance(one, dict):
                found += [v for name, v in one.items() if isinstance(v, str) and is_secret(name)]
            below += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        layer = below
    return found


def _rough(words: str, known: Sequence[str]) -> str:
    """Text that may be JSON or a form, cut off anywhere, without credentials."""
    return PAIR.sub(_hidden_pair, text(words, known)) if words else words


def _hidden_pair(match: re.Match[str]) -> str:
    quotes, name, between, value = match.groups()
    if not is_secret(name):
        return match[0]
    mark = value[0] if value[0] in "\"'" else ""
    return f"{quotes}{name}{quotes}{between}{mark}{WORD}{mark}"


def _hidden_value(match: re.Match[str]) -> str:
    return f"{match[1]}{match[2]}={WORD}" if is_secret(match[2]) else match[0]


def _without(words: str, secret: str) -> str:
    """A text without a secret: anywhere, or if it is as short as a word only as a word."""
    if secret not in words:
        return words
    if len(secret) >= EVERYWHERE:
        return words.replace(secret, WORD)
    return re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", WORD, words)


def _without_beginning(words: str, known: Sequence[str]) -> str:
    """A text that was cut off, without the part of a secret that it ends with."""
    for secret in known:
        if length := _begun(words, secret):
            return words[:-length] + WORD
    return words


def _begun(words: str, secret: str) -> int:
    """How many letters of a secret a text ends with, if these are enough to tell."""
    lengths = range(len(secret) - 1, ALONE - 1, -1)
    return next((length for length in lengths if words.endswith(secret[:length])), 0)


def _size(reply: bytes) -> int:
    """How long a reply was, or one more than is kept."""
    return len(reply) + (len(reply) == KEPT_BYTES)


def _otherwise_written(secret: str) -> set[str]:
    """A secret as addresses have it, and in the letters of another encoding."""
    found = {quote(secret, safe="")}
    for one, other in (("utf-8", "latin-1"), ("latin-1", "utf-8")):
        with contextlib.suppress(UnicodeError):
            found.add(secret.encode(one).decode(other))
    return found
