"""The contracts of some providers, each read when it is first asked for.

A server starts as fast with many providers as with one. What is wrong with a spec or a switch still
stops the start.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mockserver.contract import document, files
from mockserver.contract.errors import SpecError
from mockserver.contract.model import Contract


class Contracts(Mapping[str, Contract]):
    """Contracts by name, with the chosen switches. SpecError for a name that is none of `known`."""

    def __init__(
        self,
        names: Sequence[str],
        chosen: Mapping[str, Mapping[str, str]],
        known: Sequence[str],
    ) -> None:
        for name in (*names, *chosen):
            if name not in known:
                raise SpecError("--provider or --set", "", name, known)
        self._names = tuple(names)
        self._chosen = chosen
        self._loaded: dict[str, Contract] = {}
        for name in self._names:
            if chosen.get(name):
                self[name]
            else:
                files.assure(name)

    def __getitem__(self, name: str) -> Contract:
        found = self._loaded.get(name)
        if found is None:
            if name not in self._names:
                raise KeyError(name)
            found = self._loaded[name] = document.load(name, self._chosen.get(name, {}))
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
