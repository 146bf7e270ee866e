"""Wrong clients: each is a right one with one fault, and a rule that must catch it in one case."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from mockserver.webhooks.model import Answer as Answered
from tests.mutants.clients.hooked_by import HookedKie
from tests.mutants.clients.right import (
    RIGHT,
    Client,
    Failed,
    HookedClient,
    KieClient,
    LtxClient,
    PictoryClient,
    View,
    XaiClient,
)
from tests.mutants.clients.wire import Answer, Broken

DAY = 24 * 3600.0


class Wrong(NamedTuple):
    """A client, the rule that it breaks, and the case in which that shows."""

    rule: str
    client: type[Client]
    case: str


WRONG: list[Wrong] = []


def breaks(rule: str, case: str) -> Any:
    """Put a client among the wrong ones."""

    def put(client: type[Client]) -> type[Client]:
        WRONG.append(Wrong(rule, client, case))
        return client

    return put


@breaks("client.submit.paid-twice", "xai.reset")
class OrdersAgainForALostAnswer(XaiClient):
    def submit(self, source: str) -> Answer:
        try:
            return super().submit(source)
        except Broken:
            self.wire.sleep(1)
            return super().submit(source)


@breaks("client.submit.paid-twice", "ltx.poll-503-once")
class OrdersAgainForAFailedPoll(LtxClient):
    orders = 0

    def run(self, source: str) -> bytes:
        while True:
            try:
                return super().run(source)
            except Broken:
                self.wire.sleep(1)

    def wait(self, id: str) -> str:
        self.orders += 1
        return super().wait(id)

    def hold(self, answer: Answer, tries: int) -> None:
        if self.orders == 1:
            raise Broken
        super().hold(answer, tries)


@breaks("client.submit.repeats-refused", "xai.create-422-text")
class RepeatsWhatWasRefused(XaiClient):
    def passing(self, answer: Answer) -> bool:
        return answer.status >= 400


@breaks("client.submit.contract-violation", "xai.plain")
class AsksForTooMuch(XaiClient):
    def body(self, source: str) -> Any:
        return {**super().body(source), "duration": 99}


@breaks("client.call.contract-violation", "kie.plain")
class AsksForNoTask(KieClient):
    def poll_path(self, id: str) -> str:
        return "/api/v1/veo/record-info"


@breaks("client.call.no-such-route", "xai.plain")
class DoublesThePrefix(XaiClient):
    order_path = "/v1/v1/videos/extensions"


@breaks("client.submit.ignores-retry-after", "xai.rate-limited")
class KnowsNoRetryAfter(XaiClient):
    def hold(self, answer: Answer, tries: int) -> None:
        self.wire.sleep(1)


@breaks("client.submit.retries-without-pause", "kie.server-error")
class RetriesAtOnce(KieClient):
    def hold(self, answer: Answer, tries: int) -> None:
        self.wire.sleep(0)


@breaks("client.submit.retries-without-end", "hooked.server-down")
class NeverTiresOfOrdering(HookedClient):
    tries = 12


@breaks("client.submit.retries-out-of-credits", "pictory.no-credits")
class HopesForCredits(PictoryClient):
    def passing(self, answer: Answer) -> bool:
        return answer.status == 402 or super().passing(answer)


@breaks("client.submit.repeats-moderated", "ltx.content-policy")
class ArguesWithModeration(LtxClient):
    def passing(self, answer: Answer) -> bool:
        return answer.status == 422 or super().passing(answer)


@breaks("client.poll.without-pause", "xai.plain")
class PollsWithoutAPause(XaiClient):
    pause = 0.2


@breaks("client.poll.too-fast", "ltx.plain")
class PollsTooOften(LtxClient):
    pause = 2.0


@breaks("client.poll.ignores-retry-after", "hooked.poll-rate-limited")
class PollsOnRegardless(HookedClient):
    pause = 2.0

    def hold(self, answer: Answer, tries: int) -> None:
        self.wire.sleep(0)


@breaks("client.poll.never-stops", "pictory.stuck")
class NeverStops(PictoryClient):
    pause = 120.0

    def run(self, source: str) -> bytes:
        self.limit = float("inf")
        return super().run(source)


@breaks("client.poll.after-the-end", "pictory.failed")
class KnowsNoFailure(PictoryClient):
    def view(self, value: Any) -> View:
        view = super().view(value)
        return View("running") if view.state == "failed" else view


@breaks("client.poll.keeps-asking", "xai.poll-400-late")
class HopesForAnotherAnswer(XaiClient):
    def refused(self, answer: Answer, times: int) -> None:
        return


@breaks("client.poll.gives-up-after-one-failure", "ltx.poll-error")
class GivesUpAtOnce(LtxClient):
    def wait(self, id: str) -> str:
        while True:
            self.wire.sleep(self.pause)
            answer = self.poll(id)
            if self.code(answer) >= 400:
                raise Failed(f"the poll was answered {answer.status}")
            if (view := self.seen(answer)).state == "done":
                return view.told


@breaks("client.poll.gives-up-too-early", "hooked.plain")
class HasNoPatience(HookedClient):
    def run(self, source: str) -> bytes:
        self.limit = 30.0
        return super().run(source)


@breaks("client.finish.success-without-work", "pictory.no-credits")
class ReadsNoStatus(PictoryClient):
    def run(self, source: str) -> bytes:
        if self.submit(source).status == 200:
            return b"never in this case"
        return b"taken for a video"


@breaks("client.finish.failed-taken-for-done", "pictory.failed")
class TakesAnyEndForSuccess(PictoryClient):
    def run(self, source: str) -> bytes:
        try:
            return super().run(source)
        except Failed:
            return b"taken for a video"


@breaks("client.finish.truncated-accepted", "kie.media-empty")
class LooksAtNoFile(KieClient):
    def fetch(self, url: str) -> bytes:
        return self.download(url).body


@breaks("client.finish.missing-file-accepted", "xai.media-gone")
class KeepsTheErrorPage(XaiClient):
    def fetch(self, url: str) -> bytes:
        return self.download(url).body


@breaks("client.finish.done-without-url-accepted", "xai.done-without-url")
class LooksForNoAddress(XaiClient):
    def fetch(self, url: str) -> bytes:
        return b"" if url == "None" else super().fetch(url)

    def view(self, value: Any) -> View:
        view = super().view(value)
        return View("done", "None") if view == View("done", "") else view


@breaks("client.finish.running-taken-for-done", "xai.poll-200-pending")
class GoesByTheStatusAlone(XaiClient):
    def run(self, source: str) -> bytes:
        id = self.order(source)
        self.wire.sleep(self.pause)
        while self.poll(id).status == 202:
            self.wire.sleep(self.pause)
        return b"taken for a video"


@breaks("client.finish.never-fetched", "ltx.plain")
class KeepsTheAddress(LtxClient):
    def fetch(self, url: str) -> bytes:
        return url.encode()


@breaks("client.finish.fetched-after-expiry", "xai.plain")
class FetchesAfterTheWeekend(XaiClient):
    def fetch(self, url: str) -> bytes:
        self.wire.sleep(1.5 * DAY)
        return super().fetch(url)


@breaks("client.finish.another-file", "pictory.plain")
class SpoilsTheFile(PictoryClient):
    def fetch(self, url: str) -> bytes:
        return super().fetch(url)[:-100]


@breaks("client.finish.success-not-possible", "ltx.expired")
class ShowsADeadAddress(LtxClient):
    def fetch(self, url: str) -> bytes:
        return url.encode()


@breaks("client.finish.needless-failure", "kie.plain")
class FailsInTheEnd(KieClient):
    def fetch(self, url: str) -> bytes:
        raise Failed(f"{len(super().fetch(url))} bytes, and no place for them")


@breaks("client.finish.hangs", "hooked.plain")
class HangsAfterOrdering(HookedClient):
    def wait(self, id: str) -> str:
        self.wire.sleep(10 * DAY)
        return id


@breaks("client.download.key-leaked", "ltx.plain")
class ShowsItsKeyToAll(LtxClient):
    def download(self, url: str) -> Answer:
        return self.wire.send("GET", url, {"authorization": f"Bearer {self.key}"}, b"")


@breaks("client.download.without-pause", "pictory.media-gone")
class FetchesInARow(PictoryClient):
    def fetch(self, url: str) -> bytes:
        for _ in range(self.tries):
            self.download(url)
        raise Failed("the result cannot be fetched")


@breaks("client.download.never-stops", "xai.media-gone")
class NeverTiresOfFetching(XaiClient):
    def fetch(self, url: str) -> bytes:
        for _ in range(20):
            self.download(url)
            self.wire.sleep(5)
        raise Failed("the result cannot be fetched")


@breaks("client.download.gives-up-after-one-failure", "hooked.media-404-once")
class FetchesOnce(HookedClient):
    tries = 1


@breaks("client.auth.retries-with-refused-key", "pictory.unauthorized")
class HopesForItsKey(PictoryClient):
    def passing(self, answer: Answer) -> bool:
        return answer.status == 401 or super().passing(answer)


@breaks("client.auth.key-in-url", "kie.plain")
class PutsTheKeyIntoTheAddress(KieClient):
    def poll_path(self, id: str) -> str:
        return f"{super().poll_path(id)}&api_key={self.key}"


@breaks("client.auth.no-key", "ltx.plain")
class PollsWithoutTheKey(LtxClient):
    def poll(self, id: str) -> Answer:
        return self.wire.send("GET", self.base + self.poll_path(id), {}, b"")


@breaks("client.auth.bearer-at-pictory", "pictory.plain")
class SendsABearer(PictoryClient):
    scheme = "Bearer "


def _without_bearer(name: str) -> type[Client]:
    return type(f"SendsNoBearer_{name}", (RIGHT[name],), {"scheme": ""})


def _elsewhere(name: str) -> type[Client]:
    header = "authorization" if name == "hooked" else "x-api-key"
    return type(f"SendsItsKeyElsewhere_{name}", (RIGHT[name],), {"header": header, "scheme": ""})


for _name in ("xai", "ltx", "kie"):
    breaks(f"client.auth.no-bearer-at-{_name}", f"{_name}.plain")(_without_bearer(_name))
for _name in RIGHT:
    breaks(f"client.auth.key-elsewhere-at-{_name}", f"{_name}.plain")(_elsewhere(_name))


@breaks("client.webhook.no-200", "kie.plain")
class AnswersCreated(HookedKie):
    def take(self, body: bytes) -> Answered:
        super().take(body)
        return Answered(201)


@breaks("client.webhook.unreachable", "kie.plain")
class HangsUpOnWebhooks(HookedKie):
    def take(self, body: bytes) -> Answered:
        return Answered(why="hung up without an answer")


@breaks("client.webhook.slow", "kie.plain")
class WorksBeforeItAnswers(HookedKie):
    def take(self, body: bytes) -> Answered:
        return super().take(body)._replace(delay=20.0)


@breaks("client.webhook.trusted-unsigned", "kie.webhook-forged")
class BelievesWhoeverCalls(HookedKie):
    def wait(self, id: str) -> str:
        while not self.came:
            self.wire.sleep(2.0)
        return str(self.came[0]["data"]["info"]["resultUrls"][0])


@breaks("client.webhook.not-idempotent", "kie.webhook-twice")
class HandlesEachWebhook(HookedKie):
    def run(self, source: str) -> bytes:
        video = super().run(source)
        return [self.fetch(url) for url in self._told()][-1] or video

    def _told(self) -> Iterator[str]:
        for one in self.came:
            yield one["data"]["info"]["resultUrls"][0]


@breaks("client.webhook.never-polls", "kie.webhook-lost")
class WaitsForACall(HookedKie):
    def wait(self, id: str) -> str:
        self.wire.sleep(self.limit)
        if not self.came:
            raise Failed("nobody called")
        return str(json.dumps(self.came))
