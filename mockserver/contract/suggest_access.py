"""Where a call that did not get in may have meant to go: another scheme, another path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mockserver.contract import lexicon
from mockserver.contract.message import Suggestion
from mockserver.contract.model import Contract, Operation, Security

MOST = 3
LONGEST_PATH = 200


def credentials(
    contract: Contract, operation: Operation, headers: Mapping[str, str], query: Iterable[str]
) -> Iterator[Suggestion]:
    """How the key is sent here, where it was sent in another's way."""
    if not operation.security:
        return
    wanted = operation.security[0]
    found = _sent(wanted, headers) or _asked(wanted, query)
    if found is None:
        return
    place, how, way = found
    say = f"send the key as '{_written(wanted)}', {how}"
    if way is not None and (others := _who(way, contract)):
        want = "wants" if len(others) == 1 else "want"
        say += f" ('{_written(way)}' is how {' and '.join(others)} {want} it)"
    yield Suggestion(place, say, f"{contract.file}#/components/securitySchemes")


def paths(
    contract: Contract, method: str, path: str, others: Sequence[Contract]
) -> Iterator[Suggestion]:
    """The paths that one was probably meant to be: near ones here, the same one elsewhere."""
    steps = path[:LONGEST_PATH].strip("/").split("/")
    same = [one for one in contract.operations if one.method == method]
    close = [one for one in same if _is_near(steps, one)]
    for one in close[:MOST] if len({one.path for one in close}) <= MOST else ():
        say = f"{path[:LONGEST_PATH]} may be meant as {one.path}"
        yield Suggestion("path", say, f"{contract.file}#{one.pointer}")
    if close:
        return
    for other in others:
        for one in other.operations:
            if other.name != contract.name and one.method == method and _matches(steps, one):
                say = f"{path[:LONGEST_PATH]} is a path of {other.title}: /{other.name}{one.path}"
                yield Suggestion("path", say, f"{other.file}#{one.pointer}")
                return


def _sent(wanted: Security, headers: Mapping[str, str]) -> tuple[str, str, Security | None] | None:
    """Where a key was sent among the headers, what is wrong with it, and whose way that is."""
    value = headers.get(wanted.header, "")
    first, _, rest = value.partition(" ")
    if value and wanted.scheme and not rest.strip() and first.lower() != wanted.scheme:
        return (f"header/{wanted.header}", "with the word before the key", _raw(wanted))
    if value and wanted.scheme and rest and first.lower() != wanted.scheme:
        return (f"header/{wanted.header}", f"not as {first[:20].title()}", None)
    if value and not wanted.scheme and rest and first.isalpha():
        way = Security(wanted.header, first.lower())
        return (f"header/{wanted.header}", f"without the word {first[:20]}", way)
    if value:
        return None
    for way in _ways():
        if way.header != wanted.header and way.header in headers:
            return (f"header/{way.header}", f"not in {way.header}", way)
    for name in headers:
        if _is_key(name):
            return (f"header/{name}", f"not in {name}", None)
    return None


def _asked(wanted: Security, query: Iterable[str]) -> tuple[str, str, Security | None] | None:
    for name in query:
        if _is_key(name):
            return (f"query/{name}", "not in the query", None)
    return None


def _raw(wanted: Security) -> Security:
    return Security(wanted.header, "")


def _written(way: Security) -> str:
    name = way.header if way.header.startswith("x-") else way.header.title()
    return f"{name}: {way.scheme.title()} <key>" if way.scheme else f"{name}: <key>"


def _ways() -> list[Security]:
    """Every way of any provider."""
    ways = (
        way
        for one in lexicon.everybody()
        for operation in one.operations
        for way in operation.security
    )
    return list(dict.fromkeys(ways))


def _who(way: Security, contract: Contract) -> list[str]:
    """The providers that want a key first of all in a way."""
    return [
        one.title
        for one in lexicon.everybody()
        if one.name != contract.name
        and any(op.security and op.security[0] == way for op in one.operations)
    ]


def _is_key(name: str) -> bool:
    return lexicon.plain(name) in ("apikey", "xapikey", "key", "token", "accesstoken", "xapitoken")


def _is_near(steps: Sequence[str], operation: Operation) -> bool:
    """Whether a path is a declared one with a step too many or few in front, or misspelt."""
    declared = operation.path.strip("/").split("/")
    few, many = sorted((list(steps), declared), key=len)
    if few != many and len(few) >= 2 and _equal(many[-len(few) :], few):
        return True
    if len(steps) != len(declared):
        return False
    wrong = [
        (one, other)
        for one, other in zip(steps, declared, strict=True)
        if one != other and not other.startswith("{")
    ]
    return len(wrong) == 1 and _is_like(*wrong[0])


def _is_like(one: str, other: str) -> bool:
    first, second = lexicon.plain(one), lexicon.plain(other)
    version = len(first) == len(second) == 2 and first[0] == second[0] == "v"
    return first == second or lexicon.mistyped(first, second) or version


def _matches(steps: Sequence[str], operation: Operation) -> bool:
    return _equal(operation.path.strip("/").split("/"), steps)


def _equal(declared: Sequence[str], steps: Sequence[str]) -> bool:
    """Whether steps are those of a path, where either may have parameters; none of them only."""
    if len(declared) != len(steps) or all(one.startswith("{") for one in declared):
        return False
    return all(
        one == other or one.startswith("{") or other.startswith("{")
        for one, other in zip(declared, steps, strict=True)
    )
