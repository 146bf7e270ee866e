"""The judge's own reading of `specs/`: operations and schemas through Schemathesis, evidence as
data. Knows nothing of the simulator."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.model import CannotRun, Evidence, Json

if TYPE_CHECKING:
    from schemathesis import APIOperation, BaseSchema

    from conformance.exchange import Exchange

CHECKOUT = Path(__file__).parent.parent / "specs"


@cache
def document(provider: str) -> dict[str, Json]:
    """The spec of a provider as it is written: compiled in a wheel, YAML in a checkout."""
    compiled = resources.files("conformance") / "_specs" / f"{provider}.json"
    if compiled.is_file():
        read: dict[str, Json] = json.loads(compiled.read_bytes())
        return read
    import yaml

    path = CHECKOUT / f"{provider}.yaml"
    if not path.is_file():
        raise CannotRun(f"there is no spec of {provider!r}")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    written = yaml.load(path.read_bytes(), Loader=loader)
    plain: dict[str, Json] = json.loads(json.dumps(written, default=str))  # no dates of YAML's
    return plain


class Contract:
    """What a provider promises."""

    def __init__(self, provider: str) -> None:
        self.provider = provider
        self.document = document(provider)
        self._mock = self.document["x-mock"]

    @property
    def title(self) -> str:
        return str(self._mock["title"])

    @property
    def prices(self) -> dict[str, Json]:
        """`unit` and `rates`, as the spec has them."""
        return dict(self._mock.get("prices", {}))

    @cached_property
    def hosts(self) -> frozenset[str]:
        """Every host that is the provider's."""
        servers = list(self.document.get("servers", []))
        for path in self.document["paths"].values():
            servers += path.get("servers", [])
        return frozenset(one["url"].split("//")[-1].split("/")[0] for one in servers)

    def evidence(self, source: Json) -> Evidence:
        """Who says so: evidence in place, or one of the spec's named sources."""
        row = self._mock["sources"][source] if isinstance(source, str) else source
        return Evidence(row["kind"], str(row["where"]), str(row["date"]))

    @cached_property
    def schema(self) -> BaseSchema:
        """The spec as Schemathesis reads it."""
        import schemathesis

        return schemathesis.openapi.from_dict(self.document)

    @cached_property
    def operations(self) -> dict[str, APIOperation[Any, Any, Any, Any]]:
        """Operations by their id."""
        from schemathesis.core.result import Ok

        found = [one.ok() for one in self.schema.get_all_operations() if isinstance(one, Ok)]
        return {one.definition.raw["operationId"]: one for one in found}

    def breach(self, operation: str, exchange: Exchange) -> str:
        """How an answer breaks what the spec declares for an operation; empty when it does not."""
        from requests import Request
        from schemathesis import Response
        from schemathesis.core.failures import Failure, FailureGroup

        answer = exchange.answer
        headers: dict[str, list[str]] = {}
        for name, text in answer.raw:
            headers.setdefault(name.lower(), []).append(text)
        asked = Request(exchange.ask.method, "http://target/").prepare()
        response = Response(answer.status, headers, answer.body, asked, answer.seconds, True)
        declared = self.operations[operation].definition.raw["responses"]
        if not {str(answer.status), f"{answer.status // 100}XX", "default"} & set(declared):
            return f"status {answer.status} is none that the spec declares ({', '.join(declared)})"
        kinds = self._kinds(declared.get(str(answer.status), {}))
        if answer.body and kinds and answer.media_type not in kinds:
            told = answer.media_type or "no content type"
            return f"{told} where the spec declares {' or '.join(kinds)} for {answer.status}"
        try:
            self.operations[operation].validate_response(response)
        except FailureGroup as group:
            return "; ".join(str(one).partition("\n\nSchema")[0] for one in group.exceptions)
        except Failure as failure:
            return str(failure).partition("\n\nSchema")[0].partition("\n\nValidated")[0]
        return ""

    def _kinds(self, response: Json) -> list[str]:
        """The media types that a response is declared to have."""
        if reference := response.get("$ref"):
            response = self.document
            for step in reference.removeprefix("#/").split("/"):
                response = response[step]
        return list(response.get("content", {}))

    def push_breach(self, callbacks: Sequence[str], body: Json) -> str:
        """How a webhook's body breaks each of the bodies that these callbacks declare; empty when
        it keeps one."""
        from jsonschema_rs import validator_for

        told = []
        for name in callbacks:
            schema = self._pushed[name]["requestBody"]["content"]["application/json"]["schema"]
            whole = {"components": self.document["components"], "allOf": [schema]}
            errors = [one.message for one in validator_for(whole).iter_errors(body)]
            if not errors:
                return ""
            told.append(f"{name}: {'; '.join(errors[:3])}")
        return " | ".join(told)

    @cached_property
    def _pushed(self) -> dict[str, Json]:
        """Callbacks by their operationId."""
        return {
            sent["operationId"]: sent
            for path in self.document["paths"].values()
            for operation in path.values()
            if isinstance(operation, dict)
            for callback in operation.get("callbacks", {}).values()
            for methods in callback.values()
            for sent in methods.values()
        }
