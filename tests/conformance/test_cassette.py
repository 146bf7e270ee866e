"""What comes back of what the judge sent is found again, whoever sent it first."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from conformance.cassette import Recorder, replayed
from conformance.connection import Connection, Plain, scope
from conformance.exchange import Answer, Ask
from conformance.probe import Probe

CLIP = bytes(range(256)) * 40
UPLOAD = Ask("POST", "/files", {"content-type": "video/mp4"}, CLIP)
READ = Ask("GET", "/files/1")


class Keeper(Plain):
    """A target that gives back what it was given last."""

    def __init__(self) -> None:
        self._kept = b""

    async def send(self, ask: Ask) -> Answer:
        self._kept = ask.body or self._kept
        return Answer(200, (("content-type", "application/octet-stream"),), self._kept)

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
            await recorder.send(UPLOAD)
        assert (await recorder.send(READ)).body == CLIP
    player, _ = replayed(tmp_path, "xai")
    scope.set("later")
    await player.door.send(UPLOAD)
    assert (await player.door.send(READ)).body == CLIP
