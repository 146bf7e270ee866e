"""What bends of kie.ai's wire share: its calls, its codes and what a record is of."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from conformance.connection import KEYS
from tests.mutants.bends import Change, at, whole
from tests.mutants.model import maker
from tests.mutants.wire import Ahead, Bend, Call, Json, Reply

mutant = maker("kie")
EXTEND = "POST /kie/api/v1/veo/extend"
GENERATE = "POST /kie/api/v1/veo/generate"
UHD = "POST /kie/api/v1/veo/get-4k-video"
HD = "GET /kie/api/v1/veo/get-1080p-video"
POLL = "GET /kie/api/v1/veo/record-info"
CREDIT = "GET /kie/api/v1/chat/credit"
LINK = "POST /kie/api/v1/common/download-url"
FILE = "GET /kie/v/*"
BEARER = f"Bearer {KEYS[0]}"
SOURCE = '"taskId"'


def keyless(call: Call) -> bool:
    return "authorization" not in call.headers


def other_key(call: Call) -> bool:
    return call.headers.get("authorization") == f"Bearer {KEYS[1]}"


def empty(call: Call) -> bool:
    return call.body == b"{}"


def code(*codes: int) -> Callable[[Call, Reply], bool]:
    """Whether an answer has one of these codes in its body."""
    return lambda call, reply: at(reply.json(), "/code") in codes


def says(words: str) -> Callable[[Call, Reply], bool]:
    """Whether these words are in an answer's msg."""
    return lambda call, reply: words in str(at(reply.json(), "/msg"))


def flag(*flags: int) -> Callable[[Call, Reply], bool]:
    """Whether a record has one of these flags."""
    return lambda call, reply: at(reply.json(), "/data/successFlag") in flags


def _made_of(reply: Reply) -> str:
    """The request in a record."""
    return str(at(reply.json(), "/data/paramJson"))


def extension(call: Call, reply: Reply) -> bool:
    """Whether a record is of an extension."""
    return SOURCE in _made_of(reply) and '"prompt"' in _made_of(reply)


def generation(call: Call, reply: Reply) -> bool:
    """Whether a record is of a generation."""
    return '"prompt"' in _made_of(reply) and SOURCE not in _made_of(reply)


def upgrade(call: Call, reply: Reply) -> bool:
    """Whether a record is of an upgrade."""
    return SOURCE in _made_of(reply) and '"prompt"' not in _made_of(reply)


def kept(change: Change) -> Change:
    """A change that leaves the headers as they are."""
    return lambda reply: replace(change(reply), headers=reply.headers)


def accepted(task: str = "f" * 32) -> Change:
    """As if the call had been accepted."""
    return whole({"code": 200, "msg": "success", "data": {"taskId": task}})


def refused(number: int, words: str) -> Change:
    """As if the call had been refused."""
    return whole({"code": number, "msg": words, "data": None})


def watches(member: str, label: str) -> Bend:
    """Remember the addresses that records have there."""

    async def bend(call: Call, ahead: Ahead) -> Reply:
        answer = await ahead(call)
        urls = at(answer.json(), f"/data/response/{member}")
        if isinstance(urls, list):
            call.kept.setdefault(label, set()).update(str(one).partition("/kie")[2] for one in urls)
        return answer

    return bend


def watched(label: str) -> Callable[[Call], bool]:
    """Whether a path was remembered."""
    return lambda call: any(call.path.endswith(one) for one in call.kept.get(label, ()))


def drained(first: int, by: float) -> Bend:
    """The other account has so much less, from that question for its balance on."""

    async def bend(call: Call, ahead: Ahead) -> Reply:
        answer = await ahead(call)
        if f"{call.method} {call.path}" != CREDIT or not other_key(call):
            return answer
        nth = call.kept["balances"] = call.kept.get("balances", 0) + 1
        body: Json = answer.json()
        if nth < first:
            return answer
        return whole({**body, "data": body["data"] - by})(answer)

    return bend


def spelled(there: str, here: str) -> Bend:
    """What the simulator calls `there` is called `here` outside, in answers and paths."""

    async def bend(call: Call, ahead: Ahead) -> Reply:
        back = replace(call, path=call.path.replace(here, there))
        answer = await ahead(back)
        if call.method == "GET" and isinstance(answer.json(), dict):
            told = json.dumps(answer.json()).replace(there, here)
            return kept(whole(json.loads(told)))(answer)
        return answer

    return bend
