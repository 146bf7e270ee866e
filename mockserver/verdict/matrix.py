"""What came of the cases, as a matrix for each agent: JSON, JUnit and HTML. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

from mockserver.contract.model import Json
from mockserver.verdict.case import Case
from mockserver.verdict.model import Level, Verdict

STYLE = """\
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ddd;padding:.3rem .6rem;
text-align:left;vertical-align:top}.pass{color:#176317}.note{color:#555}.should{color:#8a5a00}
.must{color:#a11}pre{font-size:12px;overflow-x:auto;background:#f6f6f6;padding:.5rem}"""


class Result(NamedTuple):
    """One run of one case. `outcome` is empty while it goes on; `applies` whether it says anything.

    `seconds` are those it took, of the client's.
    """

    run: str
    agent: str
    case: Case
    outcome: str = ""
    verdict: Verdict | None = None
    seconds: float = 0.0
    applies: bool = True

    @property
    def word(self) -> str:
        """How it came out: running, not-applicable, pass, or the worst level found."""
        if self.verdict is None:
            return "running"
        if not self.applies:
            return "not-applicable"
        worst = max((one.level for one in self.verdict.findings), default=None)
        return "pass" if worst is None else worst.name.lower()

    def fails(self, level: Level) -> bool:
        """Whether something of a level or above it was found."""
        return self.applies and bool(self.verdict and self.verdict.at_least(level))

    def show(self) -> Json:
        """As JSON."""
        view: Json = {
            "run": self.run,
            "agent": self.agent,
            "case": self.case.id,
            "provider": self.case.provider,
            "what": self.case.what,
            "client": self.case.client,
            "allowed": sorted(self.case.allowed),
            "tolerated": sorted(self.case.tolerated),
            "outcome": self.outcome,
            "result": self.word,
            "passed": self.verdict is not None and not self.fails(Level.SHOULD),
            "seconds": self.seconds,
        }
        return view | ({"verdict": self.verdict.show()} if self.verdict else {})


def by_agent(results: Iterable[Result]) -> dict[str, list[Result]]:
    """The newest result of each case, by agent."""
    found: dict[str, dict[str, Result]] = {}
    for one in results:
        found.setdefault(one.agent, {})[one.case.id] = one
    return {agent: list(rows.values()) for agent, rows in found.items()}


def as_json(results: Sequence[Result]) -> Json:
    """The matrices as JSON."""
    return {
        "agents": [
            {"agent": agent, "summary": summary(rows), "cases": [one.show() for one in rows]}
            for agent, rows in by_agent(results).items()
        ]
    }


def summary(rows: Sequence[Result]) -> dict[str, int]:
    """How many cases came out how."""
    words = [one.word for one in rows]
    return {"cases": len(rows), **{word: words.count(word) for word in dict.fromkeys(words)}}


def as_junit(results: Sequence[Result], level: Level) -> str:
    """The matrices as JUnit XML, a suite for each agent; findings from a level on are failures."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>"]
    for agent, rows in by_agent(results).items():
        failed = sum(one.fails(level) for one in rows)
        skipped = sum(not one.applies or one.verdict is None for one in rows)
        lines.append(
            f"  <testsuite name={_attribute(agent)} tests='{len(rows)}' failures='{failed}' "
            f"errors='0' skipped='{skipped}' time='{sum(one.seconds for one in rows):.3f}'>"
        )
        lines += [line for one in rows for line in _testcase(one, level)]
        lines.append("  </testsuite>")
    return "\n".join([*lines, "</testsuites>\n"])


def _testcase(one: Result, level: Level) -> Iterable[str]:
    yield (
        f"    <testcase classname={_attribute(one.case.provider)} name={_attribute(one.case.id)} "
        f"time='{one.seconds:.3f}'>"
    )
    if one.verdict is None or not one.applies:
        why = "it goes on" if one.verdict is None else "this client asks for no webhook"
        yield f"      <skipped message={_attribute(why)}/>"
    elif one.fails(level):
        worst = one.verdict.at_least(level)
        said = ", ".join(dict.fromkeys(found.rule.id for found in worst))
        text = "\n".join(line for found in worst for line in found.lines())
        yield f"      <failure message={_attribute(said)}>{escape(_clean(text))}</failure>"
    yield "    </testcase>"


def as_html(results: Sequence[Result]) -> str:
    """The matrices as a page that needs nothing else."""
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><title>Verdict on clients</title>",
        f"<style>{STYLE}</style><h1>Verdict on clients</h1>",
    ]
    for agent, rows in by_agent(results).items():
        told = ", ".join(f"{count} {word}" for word, count in summary(rows).items())
        parts.append(f"<h2>{escape(agent)}</h2><p>{escape(told)}</p><table>")
        parts.append("<tr><th>case<th>what happens<th>ended with<th>result</tr>")
        parts += [_row(one) for one in rows]
        parts.append("</table>")
    return "\n".join(parts) + "\n"


def _row(one: Result) -> str:
    kind = {"not-applicable": "note", "running": "note"}.get(one.word, one.word)
    findings = one.verdict.findings if one.verdict and one.applies else ()
    told = "".join(
        f"<details><summary class={found.level.name.lower()}>{escape(found.rule.id)}</summary>"
        f"<pre>{escape(_clean(chr(10).join(found.lines())))}</pre></details>"
        for found in findings
    )
    return (
        f"<tr><td>{escape(one.case.id)}<td>{escape(one.case.what)}<br><small>"
        f"{escape(one.case.client)}</small><td>{escape(one.outcome)}"
        f"<td><b class={kind}>{escape(one.word)}</b>{told}</tr>"
    )


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))


def _clean(text: str) -> str:
    """A text without the characters that no XML may hold."""
    return "".join(one if one >= " " or one in "\n\t" else "?" for one in text)
