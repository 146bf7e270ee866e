"""Clients that do everything right, one for each provider; together they are an example.

They order once, poll at a decent pace, wait as long as they are told, take only for an end what is
one, fetch without the key, and come to an end themselves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple
from urllib.parse import urlencode

from tests.mutants.clients.wire import Answer, Broken, Wire

UNKNOWN = "is null", "not exist", "is blank", "is empty"


class Failed(Exception):
    """There will be no video; the text says why."""


class View(NamedTuple):
    """What a poll tells: running, done or failed; and the address or the reason."""

    state: str
    told: str = ""


class Client:
    """Extends a clip. What differs from provider to provider is below."""

    first = 5.0  # seconds to the first poll, where the pause between two is longer
    pause: ClassVar[float]
    tries = 4
    grace = 4  # polls in which a job that is done may still lack its address
    header = "authorization"
    scheme = "Bearer "
    order_path: ClassVar[str]

    def __init__(self, wire: Wire, base: str, key: str, *, limit: float = 3000.0) -> None:
        self.wire = wire
        self.base = base
        self.key = key
        self.limit = limit

    def run(self, source: str) -> bytes:
        """The video. Failed where there is none."""
        return self.fetch(self.wait(self.order(source)))

    def order(self, source: str) -> str:
        """The id of the one job that is made."""
        for tries in range(self.tries):
            try:
                answer = self.submit(source)
            except Broken as error:
                raise Failed(f"the order's answer was lost, the job may exist: {error}") from None
            if not self.passing(answer):
                return self.accepted(answer)
            if tries + 1 < self.tries:
                self.hold(answer, tries)
        raise Failed("the provider takes no orders")

    def submit(self, source: str) -> Answer:
        return self.call("POST", self.order_path, self.body(source))

    def accepted(self, answer: Answer) -> str:
        """The id in the answer to an order."""
        if self.code(answer) >= 400:
            raise Failed(f"refused: {self.code(answer)} {answer.body[:200]!r}")
        return self.id_in(parsed(answer))

    def wait(self, id: str) -> str:
        """The address of the result."""
        waited, without, wrong = 0.0, 0, 0
        pause = min(self.first, self.pause)
        while waited < self.limit:
            self.wire.sleep(pause)
            waited, pause = waited + pause, self.pause
            try:
                answer = self.poll(id)
            except Broken:
                continue
            if self.passing(answer):
                self.hold(answer, 0)
                continue
            if self.code(answer) >= 400:
                wrong += 1
                self.refused(answer, wrong)
                continue
            view = self.seen(answer)
            if view.state == "failed":
                raise Failed(view.told)
            if view.state == "done":
                if view.told:
                    return view.told
                without += 1
                if without >= self.grace:
                    raise Failed("it is done, and there is no address")
        raise Failed(f"job {id} did not end in {self.limit:g} s")

    def poll(self, id: str) -> Answer:
        return self.call("GET", self.poll_path(id))

    def refused(self, answer: Answer, times: int) -> None:
        """Failed where a poll is refused for good."""
        raise Failed(f"the poll was refused: {self.code(answer)} {answer.body[:200]!r}")

    def seen(self, answer: Answer) -> View:
        """What a poll tells; what cannot be read is taken for a job that runs."""
        try:
            return self.view(parsed(answer))
        except (ValueError, KeyError, TypeError, AttributeError):
            return View("running")

    def fetch(self, url: str) -> bytes:
        """The file, without showing the key to its host."""
        why = ""
        for tries in range(self.tries):
            self.wire.sleep(2.0 ** (tries - 1) if tries else 0)
            try:
                answer = self.download(url)
            except Broken as error:
                why = str(error)
            else:
                if is_video(answer):
                    return answer.body
                why = f"{answer.status}, {len(answer.body)} bytes"
        raise Failed(f"the result cannot be fetched: {why}")

    def download(self, url: str) -> Answer:
        return self.wire.send("GET", url, {}, b"")

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        headers = {self.header: f"{self.scheme}{self.key}", "user-agent": "right/1"}
        sent = b"" if body is None else json.dumps(body).encode()
        if sent:
            headers["content-type"] = "application/json"
        return self.wire.send(method, self.base + path, headers, sent)

    def hold(self, answer: Answer, tries: int) -> None:
        """Wait as long as the answer says, or longer from try to try."""
        self.wire.sleep(float(answer.headers.get("retry-after", 2.0**tries)))

    def passing(self, answer: Answer) -> bool:
        """Whether the answer may be another the next time."""
        return self.code(answer) in (408, 425, 429, 455) or self.code(answer) >= 500

    def code(self, answer: Answer) -> int:
        return answer.status

    def body(self, source: str) -> Any:
        raise NotImplementedError

    def id_in(self, value: Any) -> str:
        raise NotImplementedError

    def poll_path(self, id: str) -> str:
        raise NotImplementedError

    def view(self, value: Any) -> View:
        raise NotImplementedError


class XaiClient(Client):
    """xAI: 202 while it runs, even without a body."""

    pause = 5.0
    order_path = "/v1/videos/extensions"

    def body(self, source: str) -> Any:
        return {"prompt": "The kite climbs.", "duration": 2, "video": {"url": source}}

    def passing(self, answer: Answer) -> bool:
        return super().passing(answer) and b"credits" not in answer.body

    def id_in(self, value: Any) -> str:
        return str(value["request_id"])

    def poll_path(self, id: str) -> str:
        return f"/v1/videos/{id}"

    def view(self, value: Any) -> View:
        state = value.get("status", "")
        if state in ("failed", "expired"):
            return View("failed", str(value.get("error", state)))
        if state != "done":
            return View("running")
        if not value["video"].get("respect_moderation", True):
            return View("failed", "stopped by moderation")
        return View("done", value["video"].get("url") or "")


class LtxClient(Client):
    """LTX, version 2."""

    pause = 5.0
    order_path = "/v2/extend"

    def body(self, source: str) -> Any:
        return {"video_uri": source, "prompt": "The kite climbs.", "duration": 2, "context": 1}

    def id_in(self, value: Any) -> str:
        return str(value["id"])

    def poll_path(self, id: str) -> str:
        return f"/v2/extend/{id}"

    def view(self, value: Any) -> View:
        if value["status"] == "failed":
            return View("failed", str(value["error"]))
        if value["status"] != "completed":
            return View("running")
        return View("done", value["result"].get("video_url") or "")


class PictoryClient(Client):
    """Pictory: the bare key, and the state under `data`."""

    pause = 10.0
    scheme = ""
    order_path = "/pictoryapis/v1/aistudio/videos"

    def body(self, source: str) -> Any:
        return {"prompt": "The kite climbs.", "extendVideoUrl": source, "duration": "5s"}

    def id_in(self, value: Any) -> str:
        return str(value["data"]["jobId"])

    def poll_path(self, id: str) -> str:
        return f"/pictoryapis/v1/jobs/{id}"

    def view(self, value: Any) -> View:
        state = value.get("data", {}).get("status", "")
        if state in ("failed", "cleaned") or value.get("success") is False:
            return View("failed", str(value))
        return (
            View("done", value["data"].get("url") or "")
            if state == "completed"
            else View("running")
        )


class HookedClient(Client):
    """Hooked: its own header, states of either case, `success` beside the status."""

    pause = 5.0
    header = "x-api-key"
    scheme = ""
    order_path = "/v1/project/create/extend-video"

    def body(self, source: str) -> Any:
        return {"media": source, "prompt": "The kite climbs.", "targetDuration": 4}

    def id_in(self, value: Any) -> str:
        if not value.get("success"):
            raise Failed(str(value))
        return str(value["data"]["videoId"])

    def poll_path(self, id: str) -> str:
        return f"/v1/video/{id}"

    def view(self, value: Any) -> View:
        state = value["data"]["status"].upper()
        if state == "FAILED":
            return View("failed", str(value))
        return (
            View("done", value["data"].get("url") or "")
            if state == "COMPLETED"
            else View("running")
        )


class KieClient(Client):
    """kie.ai: errors in the body of a 200, URLs in several places, a record that comes later."""

    pause = 5.0
    grace = 20  # also polls in which a new task may be unknown: a minute and more
    order_path = "/api/v1/veo/extend"

    def body(self, source: str) -> Any:
        return {"taskId": source, "prompt": "The kite climbs."}

    def code(self, answer: Answer) -> int:
        try:
            return max(answer.status, int(parsed(answer)["code"]))
        except (ValueError, KeyError, TypeError):
            return answer.status

    def id_in(self, value: Any) -> str:
        return str(value["data"]["taskId"])

    def poll_path(self, id: str) -> str:
        return f"/api/v1/veo/record-info?{urlencode({'taskId': id})}"

    def refused(self, answer: Answer, times: int) -> None:
        said = str(parsed(answer).get("msg"))
        if times > self.grace or not any(word in said for word in UNKNOWN):
            super().refused(answer, times)

    def view(self, value: Any) -> View:
        flag = value["data"]["successFlag"]
        if flag in (2, 3):
            return View("failed", str(value["data"].get("errorMessage")))
        if flag != 1:
            return View("running")
        held = value["data"].get("response") or value["data"]
        urls = held.get("fullResultUrls") or held.get("resultUrls") or []
        urls = json.loads(urls) if isinstance(urls, str) else urls
        return View("done", urls[0] if urls else "")


RIGHT: Mapping[str, type[Client]] = {
    "xai": XaiClient,
    "ltx": LtxClient,
    "pictory": PictoryClient,
    "hooked": HookedClient,
    "kie": KieClient,
}


def parsed(answer: Answer) -> Any:
    """The JSON of an answer. ValueError where it is none."""
    return json.loads(answer.body)


def is_video(answer: Answer) -> bool:
    """Whether a file came that begins as an MP4 does."""
    return answer.status == 200 and answer.body[4:8] == b"ftyp"
