"""The generated modules that a vendor's package ships, without the package around them.

To import the package itself would import its clients, their telemetry and their HTTP libraries, and
take half a second. The messages are the same ones either way: there is one of each in a process.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from google.protobuf.message import Message

ALIAS = "mockserver_stubs_of_{package}"


class Method(NamedTuple):
    """A procedure of a service, by its full name S/N, with the types of its messages."""

    name: str
    request: type[Message]
    response: type[Message]


def methods(package: str, folder: str, modules: Sequence[str]) -> Iterator[Method]:
    """The procedures of all services in some stubs. ModuleNotFoundError names what is missing."""
    alias = _aliased(package, folder)
    for module in modules:
        stub: Any = import_module(f"{alias}.{module}")
        for service in stub.DESCRIPTOR.services_by_name.values():
            for one in service.methods:
                types = one.input_type._concrete_class, one.output_type._concrete_class
                yield Method(f"{service.full_name}/{one.name}", *types)


def _aliased(package: str, folder: str) -> str:
    """The name under which modules of a folder of a package can be imported by themselves."""
    alias = ALIAS.format(package=package)
    if alias not in sys.modules:
        found = find_spec(package)
        places = found.submodule_search_locations if found else None
        path = Path(next(iter(places)), folder) if places else None
        if path is None or not path.is_dir():
            raise ModuleNotFoundError(name=package if path is None else f"{package} with {folder}")
        stand_in = ModuleType(alias)
        stand_in.__path__ = [str(path)]
        sys.modules[alias] = stand_in
    return alias
