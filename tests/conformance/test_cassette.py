"""What comes back of what the judge sent is found again, whoever sent it first."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from conformance.cassette import Recorder, replayed
from conformance.connection import Connection, Plain, scope
from conformance.exchange import Answer, Ask
from conformance.probe import Probe

CLIP = bytes(range(256)) * 40
READ = Ask("GET", "/files/1")


def upload(name: str) -> Ask:
    """A form with the clip: no two cases send the same bytes around it."""
    form = b"--x\r\nname: " + name.encode() + b"\r\n\r\n" + CLIP + b"\r\n--x--"
    return Ask("POST", "/files", {"content-type": "multipart/form-data; boundary=x"}, form)


class Keeper(Plain):
    """A target that gives back what is uploaded to it."""

    async def send(self, ask: Ask) -> Answer:
        if CLIP in ask.body:
            return Answer(200, (("content-type", "application/json"),), b'{"id": 1}')
        return Answer(200, (("content-type", "application/octet-stream"),), CLIP)

    async def wait(self, seconds: float) -> None:
        raise AssertionError(seconds)

    async def leap(self, seconds: float) -> None:
        raise AssertionError(seconds)

    def now(self) -> float:
        return 0.0

    def probe(self, body: bytes) -> Probe:
        raise AssertionError(len(body))


async def test_a_file_that_two_cases_sent_is_found_when_only_the_later_is_replayed(
    tmp_path: Path,
) -> None:
    kept = Connection(Keeper(), "", ("key",), "a keeper")
    recorder = Recorder(kept, tmp_path, "xai", {})
    with closing(recorder):
        for name in ("first", "later"):
            scope.set(name)
            await recorder.send(upload(name))
        assert (await recorder.send(READ)).body == CLIP
    player, _ = replayed(tmp_path, "xai")
    scope.set("later")
    await player.door.send(upload("later"))
    assert (await player.door.send(READ)).body == CLIP
