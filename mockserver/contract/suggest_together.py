"""What goes together and what does not, said by name where a schema says it by shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mockserver.contract import pointer as at
from mockserver.contract.message import Suggestion, Violation
from mockserver.contract.model import Contract, Json


def together(contract: Contract, violations: Sequence[Violation]) -> Iterator[Suggestion]:
    """What the rules about several fields want, in words."""
    for one in violations:
        if one.place != "body":
            continue
        where = ".".join(at.split(one.pointer))
        if one.keyword == "falseSchema":
            where, _, _ = where.rpartition(".")
        say = _wanted(contract.document, one)
        if say:
            about = f"body{one.pointer}"
            prefix = f"{where}: " if where else ""
            yield Suggestion(about, f"{prefix}{say}", f"{contract.file}#{one.schema}")


def _wanted(document: Json, one: Violation) -> str:
    steps = at.split(one.schema)
    try:
        node = at.follow(document, one.schema)
    except KeyError:
        return ""
    if one.keyword == "not" and isinstance(node, dict) and len(node.get("required", ())) > 1:
        return f"send only one of {' and '.join(node['required'])}"
    if one.keyword == "falseSchema" and steps[-4:-3] == ["dependentSchemas"]:
        return f"send only one of {steps[-3]} and {steps[-1]}"
    if one.keyword in ("anyOf", "oneOf") and isinstance(node, list):
        names = [name for branch in node for name in _required(branch)]
        return f"send one of {' and '.join(names)}" if len(names) == len(node) else ""
    if steps[-1:] == ["dependentRequired"] and isinstance(node, dict):
        lacks = one.sentence.removeprefix("lacks ")
        causes = [name for name, needs in node.items() if lacks in needs]
        return f"{' and '.join(causes)} goes together with {lacks}" if causes else ""
    return ""


def _required(branch: Json) -> Sequence[str]:
    return branch.get("required", ()) if isinstance(branch, dict) else ()
