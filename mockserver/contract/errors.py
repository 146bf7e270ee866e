"""What the author of a spec or of a setting is told when it is wrong."""

from __future__ import annotations

from collections.abc import Iterable


class SpecError(Exception):
    """A spec or a setting says something that cannot be meant. Stops the start.

    The text names the file, the JSON pointer, what was found, what is allowed and the nearest
    match.
    """

    def __init__(
        self, where: str, pointer: str, found: str, allowed: Iterable[str] = (), *, say: str = ""
    ) -> None:
        choices = sorted(allowed)
        text = f"{where}{'#' + pointer if pointer else ''}: {say or f'{found!r} is not known'}"
        if choices:
            import difflib

            text += f"; allowed: {', '.join(choices)}"
            if close := difflib.get_close_matches(found, choices, n=1):
                text += f" (did you mean {close[0]!r}?)"
        super().__init__(text)
        self.where, self.pointer, self.found, self.allowed = where, pointer, found, choices
