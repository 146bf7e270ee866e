"""The demo through kie.ai: make a clip from the prompt, extend it, poll as its pages advise.

The provider extends its own tasks only, so the clip given to the demo is not the one extended.
"""

from __future__ import annotations

from pathlib import Path

from mockserver.contract.model import Json
from mockserver.demo.wire import Refused, Wire

NOTE = "extends its own videos only: one is made from the prompt, and that is extended"
EVERY = 30.0  # seconds between polls, as the provider advises
STEP = 7  # seconds that an extension adds


async def extend(wire: Wire, clip: Path, seconds: int, prompt: str) -> str:
    """The URL of the whole video, extended as often as it takes."""
    task = await _task(wire, "generate", {"prompt": prompt})
    await _ended(wire, "made", task)
    result: Json = None
    for number in range(1, max(1, -(-seconds // STEP)) + 1):
        task = await _task(wire, "extend", {"taskId": task, "prompt": prompt})
        result = await _ended(wire, f"extended {number}", task)
    return str(result["fullResultUrls"][0])


async def _task(wire: Wire, what: str, body: Json) -> str:
    """The id of a new task."""
    return str((await _data(wire, "POST", f"/api/v1/veo/{what}", body))["taskId"])


async def _ended(wire: Wire, what: str, task: str) -> Json:
    """The result of a task, when it has one."""
    while True:
        view = await _data(wire, "GET", f"/api/v1/veo/record-info?taskId={task}")
        flag = view["successFlag"]
        wire.saw(("generating", what)[flag] if flag < 2 else "failed")
        if flag == 1:
            return view["response"]
        if flag:
            raise Refused(f"the task failed: {view['errorMessage']}")
        await wire.pause(EVERY)


async def _data(wire: Wire, method: str, path: str, body: Json = None) -> Json:
    """The data of an envelope; Refused by the code in it, whatever the HTTP status says."""
    answer = await wire.json(method, path, json=body)
    if answer["code"] != 200:
        raise Refused(f"{method} {path} → code {answer['code']}: {answer['msg']}")
    return answer["data"]
