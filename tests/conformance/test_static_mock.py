"""A mock that answers only the examples of the spec: its shapes are right, and nothing lives."""

from __future__ import annotations

import json
import re
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from conformance.contract import document
from conformance.dialects import NAMES, dialect_of
from tests.conformance.conftest import Judge
from tests.conformance.servers import Answer, Reply, answering, as_json

CASES = (
    "submit.*.extend",
    "poll.schema.extend",
    "poll.ends-well.extend",
    "poll.unknown-job",
    "poll.odd-ids",
    "finish.fetchable.extend",
    "media.*.extend",
)


def static(provider: str) -> Answer:
    """The whole mock: for a path and a method, an example of the first answer that has one, rather
    one with a video, whose address leads back here."""
    spec = document(provider)

    def resolved(node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            place: Any = spec
            for step in node["$ref"].removeprefix("#/").split("/"):
                place = place[step.replace("~1", "/").replace("~0", "~")]
            node = place
        return node

    def example(operation: Any, host: str) -> Reply:
        for status, response in sorted(operation["responses"].items()):
            for kind, media in resolved(response).get("content", {}).items():
                shown = [resolved(one)["value"] for one in media.get("examples", {}).values()]
                shown = [json.dumps(one) for one in shown or [media.get("example")] if one]
                if "json" in kind and shown:
                    best = max(shown, key=lambda one: ".mp4" in one)
                    return as_json(int(status), json.loads(re.sub("https://[^/]+", host, best)))
        return as_json(200, {})

    def answer(request: BaseHTTPRequestHandler, body: bytes) -> Reply:
        asked = request.path.partition("?")[0]
        for path, item in spec["paths"].items():
            pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path))
            if re.fullmatch(pattern, asked) and request.command.lower() in item:
                host = f"http://{request.headers['host']}"
                return example(item[request.command.lower()], host)
        return as_json(404, {})

    return answer


@pytest.mark.parametrize("provider", NAMES)
def test_it_passes_shapes_and_fails_what_has_to_live(provider: str, judge: Judge) -> None:
    given = [name for name in dialect_of(provider).INPUTS if name != "source"]
    media = [word for name in given for word in ("--input", f"{name}=med_1")]
    asked = [word for one in CASES for word in ("--case", one)]
    with answering(static(provider)) as target:
        said = judge(
            "run", "--provider", provider, "--target", target, "--json", *asked, *media,
            "--poll-interval", "0.5", "--timeout", "2",
        )  # fmt: skip
    assert said.status == 1
    found = said.verdicts
    shapes = {id for id in found if id.startswith("submit.") or "schema" in id}
    assert {found[id] for id in shapes} == {"pass"}
    assert found["poll.unknown-job"] == found["poll.odd-ids"] == "fail"
    assert found["media.decodes.extend"] == "fail"
    seen = {verdict for id, verdict in found.items() if id.startswith("media.")}
    assert seen == {"fail", "blocked"}


def test_an_address_at_the_provider_itself_is_not_fetched(judge: Judge) -> None:
    def answer(request: BaseHTTPRequestHandler, body: bytes) -> Reply:
        if request.command == "POST":
            return as_json(200, {"request_id": "req_1"})
        video = {"url": "https://vidgen.x.ai/one.mp4", "duration": 5, "respect_moderation": True}
        return as_json(200, {"status": "done", "progress": 100, "model": "m", "video": video})

    with answering(answer) as target:
        case = ("--case", "finish.fetchable.extend", "--poll-interval", "0.01")
        said = judge("run", "--provider", "xai", "--target", target, *case)
    assert said.status == 1
    assert "vidgen.x.ai is a provider's own host, which only a run with --live" in said.out
