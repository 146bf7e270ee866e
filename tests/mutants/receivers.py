"""Receivers of kie.ai's callbacks to judge: a right one, and wrong ones with one fault each.

ASGI applications. `POST /hook` takes callbacks; `GET /jobs/ID` tells the state of a job.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import time
from typing import Any, NamedTuple

SECRET = "whsec_of_the_tests"
TOLERANCE = 300.0
LARGEST = 1024 * 1024
ENDS = {200: "done", 400: "failed", 422: "failed", 500: "failed", 501: "failed"}


class Refused(Exception):
    """Answered with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Receiver:
    """Does everything right."""

    patient = 0.0

    def __init__(self) -> None:
        self.jobs: dict[str, str] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            status, body = await self.answer(scope, receive)
        except Refused as refusal:
            status, body = refusal.status, b""
        except Exception:  # as any framework does
            status, body = 500, b""
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": status, "headers": [length]})
        await send({"type": "http.response.body", "body": body})

    async def answer(self, scope: Any, receive: Any) -> tuple[int, bytes]:
        if scope["path"].startswith("/jobs/"):
            return 200, self.state(scope["path"].removeprefix("/jobs/")).encode()
        self.admit(scope["method"])
        headers = {name.decode(): text.decode() for name, text in scope["headers"]}
        body = await self.read(receive)
        await asyncio.sleep(self.patient)  # noqa: TID251 - a receiver that takes real time
        return self.take(headers, body), b""

    def state(self, job: str) -> str:
        return self.jobs.get(job, "unknown")

    def admit(self, method: str) -> None:
        if method != "POST":
            raise Refused(405)

    async def read(self, receive: Any) -> bytes:
        body = bytearray()
        while True:
            message = await receive()
            body += message.get("body", b"")
            if len(body) > self.largest:
                raise Refused(413)
            if not message.get("more_body"):
                return bytes(body)

    @property
    def largest(self) -> int:
        return LARGEST

    def take(self, headers: dict[str, str], raw: bytes) -> int:
        """Take a callback. The status to answer."""
        body = self.parsed(raw)
        job = self.job_of(body)
        self.verify(headers, job)
        if state := self.end_of(body):
            self.end(job, state)
        return 200

    def parsed(self, raw: bytes) -> Any:
        try:
            return json.loads(raw)
        except ValueError:
            raise Refused(400) from None

    def job_of(self, body: Any) -> str:
        data = body.get("data") if isinstance(body, dict) else None
        data = data if isinstance(data, dict) else {}
        job = data.get("taskId") or data.get("task_id")
        if not isinstance(job, str):
            raise Refused(400)
        return job

    def verify(self, headers: dict[str, str], job: str) -> None:
        stamp = headers.get("x-webhook-timestamp", "")
        given = headers.get("x-webhook-signature", "")
        if not stamp.isdigit() or not hmac.compare_digest(given, proof(job, stamp)):
            raise Refused(401)
        self.timely(int(stamp))

    def timely(self, stamp: int) -> None:
        if abs(time.time() - stamp) > TOLERANCE:  # noqa: TID251 - signatures are dated
            raise Refused(401)

    def end_of(self, body: Any) -> str:
        """The end that a callback tells; empty for a code that no page lists."""
        return ENDS.get(body.get("code"), "")

    def end(self, job: str, state: str) -> None:
        self.jobs.setdefault(job, state)


def proof(job: str, stamp: str) -> str:
    made = hmac.digest(SECRET.encode(), f"{job}.{stamp}".encode(), "sha256")
    return base64.b64encode(made).decode()


class Wrong(NamedTuple):
    """A receiver, and the cases that must catch it. `slow`: it takes its time, in each case."""

    receiver: type[Receiver]
    cases: set[str]
    slow: bool = False


class AnswersAccepted(Receiver):
    def take(self, headers: dict[str, str], raw: bytes) -> int:
        return 202 if super().take(headers, raw) == 200 else 200


class NeedsTheVideo(Receiver):
    def take(self, headers: dict[str, str], raw: bytes) -> int:
        body = self.parsed(raw)
        if (
            isinstance(body, dict)
            and isinstance(body.get("data"), dict)
            and body.get("code") != 299
        ):
            self.verify(headers, self.job_of(body))
            len(body["data"]["info"])
        return super().take(headers, raw)


class KnowsOneBody(Receiver):
    def job_of(self, body: Any) -> str:
        if isinstance(body, dict) and "taskId" in body:
            raise Refused(400)
        return super().job_of(body)


class WorksBeforeItAnswers(Receiver):
    patient = 1.7


class CountsEach(Receiver):
    def end(self, job: str, state: str) -> None:
        self.jobs[job] = f"{state} and {self.jobs.get(job, '')}"


class RefusesTheSecond(Receiver):
    def end(self, job: str, state: str) -> None:
        if job in self.jobs:
            raise Refused(409)
        super().end(job, state)


class TakesOneAtATime(Receiver):
    busy = 0

    async def read(self, receive: Any) -> bytes:
        self.busy += 1
        try:
            if self.busy > 4:
                raise Refused(503)
            await asyncio.sleep(0.5)  # noqa: TID251 - so that several are there at once
            return await super().read(receive)
        finally:
            self.busy -= 1


class LetsTheLastSayCount(Receiver):
    def end(self, job: str, state: str) -> None:
        self.jobs[job] = state


class RefusesWhatItDoesNotKnow(Receiver):
    def end_of(self, body: Any) -> str:
        if body.get("code") not in ENDS:
            raise Refused(422)
        return super().end_of(body)


class TakesAnyCodeForSuccess(Receiver):
    def end_of(self, body: Any) -> str:
        return super().end_of(body) or "done"


class FailsOnUnknownJobs(Receiver):
    def end(self, job: str, state: str) -> None:
        if job.endswith("deadbeef"):
            raise KeyError(job)
        super().end(job, state)


class VerifiesNothing(Receiver):
    def verify(self, headers: dict[str, str], job: str) -> None:
        return


class VerifiesWhatIsSigned(Receiver):
    def verify(self, headers: dict[str, str], job: str) -> None:
        if "x-webhook-signature" in headers:
            super().verify(headers, job)


class VerifiesAnyJob(Receiver):
    def verify(self, headers: dict[str, str], job: str) -> None:
        stamp, other = headers.get("x-webhook-timestamp", ""), f"{1:032x}"
        if headers.get("x-webhook-signature") == proof(other, stamp):
            return
        super().verify(headers, job)


class KnowsNoClock(Receiver):
    def timely(self, stamp: int) -> None:
        return


class KnowsNoFuture(Receiver):
    def timely(self, stamp: int) -> None:
        if time.time() - stamp > TOLERANCE:  # noqa: TID251 - signatures are dated
            raise Refused(401)


class ReadsWhateverComes(Receiver):
    @property
    def largest(self) -> int:
        return 100 * LARGEST

    def parsed(self, raw: bytes) -> Any:
        if len(raw) > LARGEST:
            raise MemoryError
        return super().parsed(raw)


class FailsOnWhatIsNoJson(Receiver):
    def parsed(self, raw: bytes) -> Any:
        return json.loads(raw)


class FailsOnOtherShapes(Receiver):
    def job_of(self, body: Any) -> str:
        return super().job_of(body if len(body) else body["data"])


class TakesAnyMethod(Receiver):
    def admit(self, method: str) -> None:
        if method == "GET":
            raise Refused(200)


class DiesOfAHugeBody(Receiver):
    dead = False

    def admit(self, method: str) -> None:
        if self.dead:
            raise Refused(503)
        super().admit(method)

    async def read(self, receive: Any) -> bytes:
        try:
            return await super().read(receive)
        except Refused:
            self.dead = True
            raise


TAKING = {f"receiver.{name}" for name in "success failure other-bodies duplicate burst".split()} | {
    f"receiver.{name}" for name in "out-of-order unknown-event alive".split()
}
SIGNED = {f"receiver.{name}" for name in "wrong-signature no-signature".split()} | {
    f"receiver.{name}" for name in "signature-of-another old-signature future-signature".split()
}
WRONG = [
    Wrong(AnswersAccepted, TAKING),
    Wrong(NeedsTheVideo, {"receiver.failure", "receiver.out-of-order"}),
    Wrong(KnowsOneBody, {"receiver.other-bodies"}),
    Wrong(WorksBeforeItAnswers, {"receiver.speed"}, slow=True),
    Wrong(CountsEach, {"receiver.duplicate", "receiver.out-of-order", "receiver.replay"}),
    Wrong(RefusesTheSecond, {"receiver.duplicate", "receiver.out-of-order"}),
    Wrong(TakesOneAtATime, {"receiver.burst"}, slow=True),
    Wrong(LetsTheLastSayCount, {"receiver.out-of-order"}),
    Wrong(RefusesWhatItDoesNotKnow, {"receiver.unknown-event"}),
    Wrong(TakesAnyCodeForSuccess, {"receiver.unknown-event"}),
    Wrong(FailsOnUnknownJobs, {"receiver.unknown-job"}),
    Wrong(VerifiesNothing, SIGNED),
    Wrong(VerifiesWhatIsSigned, {"receiver.no-signature"}),
    Wrong(VerifiesAnyJob, {"receiver.signature-of-another"}),
    Wrong(KnowsNoClock, {"receiver.old-signature", "receiver.future-signature"}),
    Wrong(KnowsNoFuture, {"receiver.future-signature"}),
    Wrong(ReadsWhateverComes, {"receiver.huge-body"}),
    Wrong(FailsOnWhatIsNoJson, {"receiver.no-json", "receiver.other-shapes"}),
    Wrong(FailsOnOtherShapes, {"receiver.other-shapes"}),
    Wrong(TakesAnyMethod, {"receiver.method"}),
    Wrong(DiesOfAHugeBody, {"receiver.alive", "receiver.no-json", "receiver.other-shapes"}),
]
