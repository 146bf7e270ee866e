"""Rules on keys: how they are sent, and what is done when they are refused.

The ids of some name the provider whose way it is; they are made from its contract.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from mockserver.contract.model import Contract, Security
from mockserver.journal.entry import Entry
from mockserver.verdict import facts
from mockserver.verdict.model import Find, Found, Level, Rule
from mockserver.verdict.rules.book import Chapter, rule
from mockserver.verdict.seen import Seen

CHAPTER: Chapter = []
REFUSALS = 3  # of one key by one operation: one repeat may be a refresh
Matches = Callable[[str, Security], bool]
"""Whether credentials that were found at a place are sent in the way that a rule is about."""
IN_URL = re.compile(
    r"[?&](?:api[_-]?key|x[_-]api[_-]key|key|access[_-]?token|token)=", re.IGNORECASE
)


@rule(
    CHAPTER,
    "client.auth.retries-with-refused-key",
    Level.MUST,
    "A key that is not accepted is not tried again and again.",
    advice="Stop at the first 401, and say that the key was refused; every further call fails too.",
)
def retries(seen: Seen) -> Iterator[Found]:
    tried: dict[tuple[str, str, str], list[Entry]] = {}
    for one in seen.calls:
        if facts.of_key(one, seen.contract(one)):
            tried.setdefault((one.provider, one.owner, one.operation), []).append(one)
    for (_, _, operation), calls in tried.items():
        if len(calls) >= REFUSALS:
            yield Found(f"{operation} was called {len(calls)} times with a refused key", calls)


@rule(
    CHAPTER,
    "client.auth.key-in-url",
    Level.SHOULD,
    "A key is sent in a header, not in the address.",
    advice="Addresses end up in logs and histories: put the key into the header that is asked for.",
)
def key_in_url(seen: Seen) -> Iterator[Found]:
    calls = [one for one in seen.calls if IN_URL.search(one.target)]
    if calls:
        yield Found("the address holds the key", calls)


@rule(
    CHAPTER,
    "client.auth.no-key",
    Level.MUST,
    "Calls that need a key bring one.",
    advice="Send the key with every call to the API, polls too.",
)
def no_key(seen: Seen) -> Iterator[Found]:
    calls = [one for one in _unknown(seen) if not _sent_elsewhere(one)]
    if calls:
        yield Found(calls[0].say or "no credentials came", calls)


def of(contract: Contract) -> Iterator[Rule]:
    """The rules on how one provider wants its key."""
    way = next((way for one in contract.operations for way in one.security), None)
    if way is None:
        return
    wanted = f"{way.header}: {way.scheme.title()} <key>" if way.scheme else f"{way.header}: <key>"
    rows: list[tuple[str, str, Matches]] = [("key-elsewhere", "in another header", _other_header)]
    if way.scheme:
        rows.append((f"no-{way.scheme}", f"without the word {way.scheme.title()}", _same_header))
    elif way.header == "authorization":
        rows.append(("bearer", "with the word Bearer before it", _same_header))
    for name, how, matches in rows:
        yield Rule(
            id=f"client.auth.{name}-at-{contract.name}",
            level=Level.MUST,
            sentence=f"{contract.title} wants its key as `{wanted}`, not {how}.",
            advice=f"Send `{wanted}`.",
            evidence=f"{contract.file}#/components/securitySchemes",
            find=_finder(contract, way, how, matches),
        )


def _finder(contract: Contract, way: Security, how: str, matches: Matches) -> Find:
    def find(seen: Seen) -> Iterator[Found]:
        calls = [
            one
            for one in _unknown(seen)
            if one.provider == contract.name and any(matches(about, way) for about in _about(one))
        ]
        if calls:
            yield Found(f"the key was sent {how}", calls)

    return find


def _unknown(seen: Seen) -> list[Entry]:
    """The calls that brought no credentials as they are wanted."""
    return [one for one in seen.calls if one.problem == "unauthenticated" and not seen.played(one)]


def _about(entry: Entry) -> list[str]:
    """The places in which credentials were found, as suggestions name them."""
    return [one.about for one in entry.suggestions]


def _sent_elsewhere(entry: Entry) -> bool:
    return any(one.startswith(("header/", "query/")) for one in _about(entry))


def _same_header(about: str, way: Security) -> bool:
    return about == f"header/{way.header}"


def _other_header(about: str, way: Security) -> bool:
    return about.startswith("header/") and not _same_header(about, way)
