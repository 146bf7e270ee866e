"""How a rule is written down: a function with its id, level, sentence and advice.

Who has seen clients break it stands in fixtures/cases/evidence.toml, where providers may be named.
"""

from __future__ import annotations

from collections.abc import Callable

from mockserver.verdict.model import Find, Level, Rule

Chapter = list[Rule]


def rule(
    chapter: Chapter,
    id: str,
    level: Level,
    sentence: str,
    *,
    advice: str,
    last: bool = False,
) -> Callable[[Find], Find]:
    """Put a function into a chapter as a rule. ValueError for an id that is taken."""

    def put(find: Find) -> Find:
        if any(one.id == id for one in chapter):
            raise ValueError(f"two rules are called {id}")
        chapter.append(Rule(id, level, sentence, advice, "", find, last))
        return find

    return put
