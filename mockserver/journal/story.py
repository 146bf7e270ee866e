"""The journal for people: an entry in a line or two, or as a whole story. Takes entries as JSON."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from mockserver.contract.model import Json

LONGEST_BODY = 40  # lines
LONGEST_LINE = 160


def line(entry: Json) -> str:
    """An entry in one line: number, time, who, what, and what came of it."""
    time = entry["at"][11:23]
    who = entry.get("provider", "")
    what = f"{entry.get('method', '')} {entry.get('target', '')}".strip()
    marks = [
        entry["kind"] if entry["kind"] != "call" else "",
        entry.get("operation", ""),
        f"key {entry['owner']}" if "owner" in entry else "",
        f"job {entry['job']}" if "job" in entry else "",
        f"refused: {entry.get('problem', 'by a scenario')}" if "refused" in entry else "",
        "OUR BUG" if "bug" in entry else "",
    ]
    came = f" → {entry['status']}" if "status" in entry else ""
    told = ", ".join(filter(None, marks))
    return f"{entry['number']:>5}  {time}  {who:<8} {what[:LONGEST_LINE]}{came}  ({told})"


def lines(entry: Json) -> Iterator[str]:
    """An entry in its line, and its diagnosis in further ones."""
    yield line(entry)
    if say := entry.get("say") or "; ".join(entry.get("notes", ())):
        yield f"{'':21}{_cut(say)}"
    if hint := "; ".join(one["say"] for one in entry.get("suggestions", ())):
        yield f"{'':21}hint: {_cut(hint)}"
    if "bug" in entry:
        yield f"{'':21}bug: {_cut(entry['bug'].splitlines()[0])}"


def story(view: Json) -> Iterator[str]:
    """Everything about one entry; `view` is what the control API says of it."""
    entry, spec = view["entry"], view.get("spec", "")
    yield line(entry).strip()
    if "agent" in entry:
        yield f"by {entry['agent']}"
    if "request" in entry:
        yield from ("", f"It sent {entry['request_bytes']} bytes:", *_body(entry["request"]))
    if "refused" in entry or entry.get("violations") or "bug" in entry:
        yield from ("", *_reasons(entry, spec))
    elif "say" in entry:
        yield from ("", entry["say"])
    if entry.get("suggestions"):
        yield from ("", *hints(entry["suggestions"]))
    if entry.get("notes"):
        yield from ("", "On the way:", *(f"  - {one}" for one in entry["notes"]))
    if "bug" in entry:
        yield from ("", "This is a bug of the simulator:", *_indented(entry["bug"].splitlines()))
    if "status" in entry:
        yield from ("", f"It was answered {entry['status']}" + _row(view))
        yield from _body(entry["reply"]) if "reply" in entry else ()


def reasons(violations: Json, spec: str) -> Iterator[str]:
    """Every rule that is broken: what came, what is allowed, where that stands, who says so."""
    for number, one in enumerate(violations, 1):
        yield f"  {number}. {one['place']}{one['pointer']} {one['says']}"
        if one["rule"] != "required":
            yield f"       came      {_cut(one['found'])}"
        if one["allowed"] and one["allowed"] != one["rule"]:
            yield f"       allowed   {one['rule']}: {_cut(one['allowed'])}"
        yield f"       rule      {spec}#{one['schema']}"
        if "evidence" in one:
            yield f"       evidence  {evidence(one['evidence'])}"


def hints(suggestions: Json) -> Iterator[str]:
    """What may have been meant, and where that stands."""
    yield "What may have been meant:"
    for one in suggestions:
        yield f"  - {one['say']}"
        if one["source"]:
            yield f"       see {one['source']}"


def evidence(one: Json) -> str:
    """Who says a fact, when, and what contradicts it."""
    note = f" ({one['note']})" if one.get("note") else ""
    return f"{one['kind']}, {one['where']}, {one['date']}{note}"


def _reasons(entry: Json, spec: str) -> Iterator[str]:
    name = entry.get("problem", "")
    yield f"It was refused ({name}):" if name else "It was refused:"
    if entry.get("violations"):
        yield from reasons(entry["violations"], spec)
    elif "say" in entry:
        yield f"  {entry['say']}"


def _row(view: Json) -> str:
    row = view.get("row")
    if row is None:
        return ":"
    who = f"; {evidence(row['evidence'])}" if "evidence" in row else ""
    return f", by {view['spec']}#{row['pointer']}{who}:"


def _body(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        text = value
    else:
        text = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    found = text.splitlines() or [""]
    yield from _indented(found[:LONGEST_BODY])
    if len(found) > LONGEST_BODY:
        yield f"    … ({len(found) - LONGEST_BODY} more lines)"


def _indented(found: list[str]) -> Iterator[str]:
    for one in found:
        yield f"    {_cut(one)}"


def _cut(text: str) -> str:
    flat = " ".join(text.splitlines()) if "\n" in text else text
    return flat if len(flat) <= 3 * LONGEST_LINE else f"{flat[: 3 * LONGEST_LINE]}…"
