"""Where the specs are: compiled inside an installed package, or as YAML in a checkout.

A checkout keeps what it has read and checked in `.cache/specs`, keyed by the content, because
reading YAML costs many times what reading JSON does.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import orjson

from mockserver.contract.errors import SpecError
from mockserver.contract.model import Json

PACKAGED = Path(__file__).resolve().parent.parent / "_specs"
CHECKOUT = Path(__file__).resolve().parents[2] / "specs"
BOOL = "tag:yaml.org,2002:bool"
CHECKERS = ("check.py", "pointer.py", "errors.py")


def names() -> list[str]:
    """The names of all specs there are, sorted; the control API's own (`mock`) among them."""
    found = {path.stem for path in PACKAGED.glob("*.json")} or {
        path.stem for path in CHECKOUT.glob("*.yaml")
    }
    return sorted(found - {"x-mock.schema"})


def read(name: str) -> Json:
    """The checked document of that name. SpecError when it is missing or wrong."""
    packaged = PACKAGED / f"{name}.json"
    if packaged.is_file():
        return orjson.loads(packaged.read_bytes())
    source = CHECKOUT / f"{name}.yaml"
    if not source.is_file():
        raise SpecError("specs", "", name, names(), say=f"no spec of the name {name!r}")
    return _through_cache(source)


def assure(name: str) -> None:
    """Raise what `read` would raise, without reading what was found in order before."""
    if (
        not (PACKAGED / f"{name}.json").is_file()
        and not _cached(CHECKOUT / f"{name}.yaml").is_file()
    ):
        read(name)


def vocabulary() -> Json:
    """The JSON Schema of the `x-mock` vocabulary."""
    packaged = PACKAGED / "x-mock.schema.json"
    return orjson.loads((packaged if packaged.is_file() else CHECKOUT / packaged.name).read_bytes())


def compile_spec(source: Path) -> Json:
    """Read a YAML spec and check it. SpecError when it is wrong."""
    from mockserver.contract.check import check

    document = parse(source)
    check(document, f"specs/{source.name}", vocabulary())
    return document


def parse(source: Path) -> Json:
    """The YAML of a spec as JSON values, by the C loader where PyYAML has it."""
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """Dates stay text and so does `on`: a spec is JSON in YAML's clothes."""

    other = ("tag:yaml.org,2002:timestamp", BOOL)
    Loader.yaml_implicit_resolvers = {
        first: [(tag, rule) for tag, rule in rules if tag not in other]
        for first, rules in Loader.yaml_implicit_resolvers.items()
    }
    Loader.add_implicit_resolver(BOOL, re.compile("^(?:true|false)$"), list("tf"))
    try:
        document = yaml.load(source.read_bytes(), Loader=Loader)
    except yaml.YAMLError as error:
        raise SpecError(f"specs/{source.name}", "", "", say=f"not YAML: {error}") from error
    return orjson.loads(orjson.dumps(document, option=orjson.OPT_NON_STR_KEYS))


def _cached(source: Path) -> Path:
    """Where the checked document of a YAML file is kept. Another content, another place."""
    text = source.read_bytes() if source.is_file() else b""
    here = Path(__file__).parent
    parts = [text, (CHECKOUT / "x-mock.schema.json").read_bytes()]
    parts += [(here / checker).read_bytes() for checker in CHECKERS]
    digest = hashlib.sha256(b"\0".join(parts)).hexdigest()[:20]
    return CHECKOUT.parent / ".cache" / "specs" / f"{source.stem}-{digest}.json"


def _through_cache(source: Path) -> Json:
    cache = _cached(source)
    if cache.is_file():
        return orjson.loads(cache.read_bytes())
    document = compile_spec(source)
    _keep(cache, document)
    return document


def _keep(cache: Path, document: Json) -> None:
    """Write the cache whole or not at all; a read-only checkout simply has none."""
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        for old in cache.parent.glob(f"{cache.stem.rsplit('-', 1)[0]}-*.json"):
            old.unlink(missing_ok=True)
        part = cache.with_suffix(f".{os.getpid()}.part")
        part.write_bytes(orjson.dumps(document))
        part.replace(cache)
    except OSError:
        return
