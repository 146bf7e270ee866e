"""What went wrong is told on the command line: by a journal, or before a request is sent."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from mockserver.app import App
from mockserver.cli import main
from mockserver.contract.model import Json
from mockserver.serve import running
from mockserver.settings import Settings

KEY = "sk-4f9b2c7d1e8a"
BEARER = {"Authorization": f"Bearer {KEY}"}
Said = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    """A server that has taken one call and refused three."""
    with running(Settings(seed=7, clock="virtual")) as app:
        video = {"prompt": "on", "model": "ltx-2-3-pro", "duration": 8, "resolution": "1280x720"}
        send(app, "/ltx/v2/text-to-video", video)
        send(app, "/ltx/v2/text-to-video", {**video, "duration": "8s", "api_key": KEY})
        send(app, "/kie/api/v1/veo/extend", {"prompt": f"on {KEY}", "callback_url": "https://a.b"})
        send(app, "/xai/v1/video/extensions", {})
        yield app


def send(app: App, path: str, body: Json) -> None:
    requests.post(f"{app.address}{path}", json=body, headers=BEARER, timeout=30)


def say(app: App, capsys: Said, *words: str) -> tuple[int, str, str]:
    status = main([*words, "--url", app.address])
    out, err = capsys.readouterr()
    assert KEY not in out + err
    return status, out, err


def test_the_journal_is_a_line_for_each_call_and_its_diagnosis(app: App, capsys: Said) -> None:
    status, out, _ = say(app, capsys, "journal")
    rows = out.splitlines()
    assert status == 0
    assert "ltx      POST /ltx/v2/text-to-video → 202  (text_to_video_v2, key " in rows[0]
    assert "→ 400  (text_to_video_v2" in rows[1]
    assert 'body/duration is "8s", must be null or integer (specs/ltx.yaml#' in rows[2]
    assert rows[3].strip() == 'hint: duration: send 8 instead of "8s"'
    assert rows[-1].strip().endswith("may be meant as /v1/videos/extensions")


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (["--refused"], [2, 3, 4]),
        (["--provider", "ltx"], [1, 2]),
        (["--limit", "2"], [3, 4]),
        (["--since", "3"], [4]),
        (["--status", "4xx"], [2, 4]),
        (["--operation", "extend", "--refused"], [3]),
        (["--kind", "delivery"], []),
        (["--world", "elsewhere"], []),
    ],
)
def test_entries_are_chosen_and_told_to_programs_one_in_a_line(
    app: App, capsys: Said, words: list[str], numbers: list[int]
) -> None:
    status, out, _ = say(app, capsys, "journal", "--json", *words)
    assert (status, [json.loads(row)["number"] for row in out.splitlines()]) == (0, numbers)


def test_a_filter_that_cannot_be_meant_is_explained(app: App, capsys: Said) -> None:
    status, _, err = say(app, capsys, "journal", "--status", "soon")
    assert status == 2
    assert "status" in err


class Told(io.StringIO):
    """An output that says when a word was printed."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self.seen = threading.Event()
        self._word = word

    def write(self, text: str) -> int:
        length = super().write(text)
        if self._word in self.getvalue():
            self.seen.set()
        return length


def test_the_journal_is_followed_until_the_server_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = Told("ltx.nowhere"), Told("the server stops")
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", err)
    found: list[int] = []
    with running(Settings(seed=7)) as app:
        send(app, "/ltx/before", {})
        words = ["journal", "--follow", "--json", "--refused", "--url", app.address]
        thread = threading.Thread(target=lambda: found.append(main(words)))
        thread.start()
        while not app.world.followers:
            out.seen.wait(0.01)
        out.seen.clear()
        send(app, "/ltx/nowhere", {})
        send(app, "/ltx/v2/extend", {"prompt": KEY, "key": KEY})
        first = Told("")
        while out.getvalue().count("\n") < 3:
            first.seen.wait(0.01)
    thread.join(10)
    assert found == [0]
    targets = [json.loads(row)["target"] for row in out.getvalue().splitlines()]
    assert targets == ["/ltx/before", "/ltx/nowhere", "/ltx/v2/extend"]
    assert KEY not in out.getvalue()
    assert err.getvalue() == "mockserver: nothing more comes: the server stops\n"


def test_an_entry_is_explained(app: App, capsys: Said) -> None:
    status, out, _ = say(app, capsys, "explain", "3")
    assert status == 0
    for part in (
        '"prompt": "on redacted"',
        "It was refused (invalid):",
        "1. body lacks taskId",
        "rule      specs/kie.yaml#/components/schemas/ExtendRequest/required",
        "callback_url is spelt callBackUrl here",
        "It was answered 200, by specs/kie.yaml#/x-mock/errors/invalid; inferred",
        '"code": 422',
    ):
        assert part in out
    view = json.loads(say(app, capsys, "explain", "3", "--json")[1])
    assert (view["entry"]["number"], view["spec"]) == (3, "specs/kie.yaml")


def test_without_a_number_the_last_refusal_is_explained(app: App, capsys: Said) -> None:
    status, out, _ = say(app, capsys, "explain")
    assert (status, out[:2]) == (0, "4 ")
    status, _, err = say(app, capsys, "explain", "--world", "elsewhere")
    assert (status, "no call was refused" in err) == (2, True)
    status, _, err = say(app, capsys, "explain", "99")
    assert (status, "the journal has no entry 99" in err) == (2, True)


def test_without_a_server_there_is_nobody_to_ask(capsys: Said) -> None:
    assert main(["journal", "--url", "http://127.0.0.1:9"]) == 2
    assert "nobody to ask at http://127.0.0.1:9" in capsys.readouterr().err


# Before it is sent.

EXTEND = {"video_uri": "https://example.com/a.mp4", "duration": 8}


def check(
    capsys: Said, tmp_path: Path, provider: str, operation: str, body: Any = None, *words: str
) -> tuple[int, str]:
    arguments = ["check-request", "--provider", provider, "--operation", operation, *words]
    if body is not None:
        file = tmp_path / "body.json"
        file.write_text(body if isinstance(body, str) else json.dumps(body))
        arguments.append(str(file))
    status = main(arguments)
    out, err = capsys.readouterr()
    assert KEY not in out + err
    return status, out + err


def test_a_good_request_is_fine(capsys: Said, tmp_path: Path) -> None:
    assert check(capsys, tmp_path, "ltx", "extend", EXTEND) == (
        0,
        "POST /v2/extend, operation extend_v2 of ltx: fine\n"
        "note: no credentials were given, so that they were not looked at\n"
        "note: not fetched: /video_uri\n",
    )


def test_a_bad_one_is_explained(capsys: Said, tmp_path: Path) -> None:
    status, out = check(
        capsys, tmp_path, "pictory", "videos", {"prompt": "on and on", "duration": 8}
    )
    assert status == 1
    for part in (
        "POST /pictoryapis/v1/aistudio/videos, operation create_video of pictory: not fine",
        "1. body/duration is 8, must be string",
        "came      8",
        'allowed   enum: ["4s","5s","6s","8s","10s"]',
        "rule      specs/pictory.yaml#/components/schemas/VideoRequest/properties/duration/type",
        "evidence  documented, https://docs.pictory.ai/",
        'duration: send "8s" instead of 8',
        'the answer would be 400: {"code":"INVALID_REQUEST_BODY"',
    ):
        assert part in out


def test_what_only_the_provider_has_against_it_is_found_too(capsys: Said, tmp_path: Path) -> None:
    video = {"prompt": "on", "model": "ltx-2-3-pro", "duration": 12, "resolution": "1920x1080"}
    status, out = check(capsys, tmp_path, "ltx", "text-to-video", video, "--json")
    verdict = json.loads(out)
    assert (status, verdict["fine"], verdict["problem"]) == (1, False, "unsupported-combination")
    assert verdict["suggestions"][0]["say"].startswith("duration 12 is allowed with model")
    assert verdict["answer"]["status"] == 400
    hook = {"media": "m", "prompt": "on", "webhook": "ftp://a.b"}
    assert json.loads(check(capsys, tmp_path, "hooked", "extendVideo", hook, "--json")[1])[
        "problem"
    ] == ("webhook-not-https")
    good = json.loads(
        check(capsys, tmp_path, "ltx", "text-to-video", {**video, "duration": 8}, "--json")[1]
    )
    assert (good["fine"], good["violations"], "answer" in good) == (True, [], False)


def test_what_only_a_server_knows_is_left_open(capsys: Said, tmp_path: Path) -> None:
    status, out = check(capsys, tmp_path, "kie", "extend", {"taskId": "x", "prompt": "on"})
    assert status == 0
    assert "note: whether the job that it speaks of exists, only a server knows" in out


def test_an_ignored_field_is_a_finding_where_it_was_meant_as_another(
    capsys: Said, tmp_path: Path
) -> None:
    body = {"taskId": "x", "prompt": "on", "callback_url": "https://a.b"}
    status, out = check(capsys, tmp_path, "kie", "extend", body)
    assert status == 1
    assert "note: /callback_url is no field of extend and is ignored" in out
    assert "callback_url is spelt callBackUrl here" in out
    assert (
        check(capsys, tmp_path, "kie", "extend", {**EXTEND, "taskId": "x", "prompt": "on"})[0] == 0
    )


@pytest.mark.parametrize(
    ("header", "status", "part"),
    [
        (f"Authorization: Bearer {KEY}", 0, "fine"),
        (f"x-api-key: {KEY}", 1, "not in x-api-key"),
        (f"authorization: {KEY}", 1, "with the word before the key"),
        ("Content-Type: text/plain", 1, "content-type is text/plain, taken: application/json"),
    ],
)
def test_headers_are_judged_when_given(
    capsys: Said, tmp_path: Path, header: str, status: int, part: str
) -> None:
    found, out = check(capsys, tmp_path, "ltx", "extend", EXTEND, "--header", header)
    assert (found, part in out) == (status, True)


def test_a_key_in_the_body_is_not_repeated(capsys: Said, tmp_path: Path) -> None:
    body = {"prompt": "on", "duration": KEY, "api_key": KEY}
    status, _ = check(capsys, tmp_path, "ltx", "extend", body, "--header", f"x-api-key: {KEY}")
    assert status == 1
    words = ("--header", f"Authorization: Bearer {KEY}")
    status, out = check(capsys, tmp_path, "ltx", "extend", body, *words)
    assert (status, 'body/duration is "redacted", must be number' in out) == (1, True)


@pytest.mark.parametrize(
    ("provider", "wanted", "found"),
    [
        ("ltx", "extend_v1", "extend_v1"),
        ("ltx", "extend", "extend_v2"),
        ("ltx", "/v1/extend", "extend_v1"),
        ("ltx", "/ltx/v2/extend", "extend_v2"),
        ("xai", "videos/extensions", "handle_extend_video_request"),
        ("xai", "/v1/videos/some-id", "handle_get_deferred_video_request"),
        ("kie", "record", "record_info"),
        ("kie", "4k", "get_4k_video"),
    ],
)
def test_an_operation_is_named_by_id_path_or_part(
    capsys: Said, tmp_path: Path, provider: str, wanted: str, found: str
) -> None:
    out = check(capsys, tmp_path, provider, wanted, None, "--json")[1]
    assert json.loads(out)["operation"] == found


def test_the_query_is_judged(capsys: Said, tmp_path: Path) -> None:
    status, out = check(capsys, tmp_path, "kie", "record-info", None, "--query", "task_id=7")
    assert (status, "task_id is spelt taskId here" in out) == (1, True)
    assert check(capsys, tmp_path, "kie", "record-info", None, "--query", "taskId=7")[0] == 0


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--provider", "nobody", "--operation", "x"], "there are pictory, hooked"),
        (["--provider", "xai", "--operation", "v1"], "is part of several of xai"),
        (["--provider", "xai", "--operation", "zzz"], "is no operation of xai"),
        (["--provider", "xai", "--operation", "extensions", "/no/such"], "No such file"),
        (["--provider", "xai", "--operation", "extensions", "--header", KEY], "write NAME:VALUE"),
        (["--provider", "xai", "--operation", "extensions", "--query", KEY], "write NAME=VALUE"),
    ],
)
def test_what_cannot_be_judged_is_said(capsys: Said, words: list[str], part: str) -> None:
    assert main(["check-request", *words]) == 2
    err = capsys.readouterr().err
    assert part in err
    assert KEY not in err


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ('{"prompt":', "the body is not JSON"),
        ("[" * 100 + "]" * 100, "nested deeper than"),
        ("null", "must be object"),
        ("", "body is missing"),
    ],
)
def test_a_body_that_is_none_is_a_finding(
    capsys: Said, tmp_path: Path, body: str, part: str
) -> None:
    status, out = check(capsys, tmp_path, "ltx", "extend", body)
    assert (status, part in out) == (1, True)


def test_the_body_may_come_from_standard_input(
    capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(EXTEND).encode())))
    words = ["check-request", "--provider", "ltx", "--operation", "extend", "-"]
    assert main(words) == 0
    assert "fine" in capsys.readouterr().out
