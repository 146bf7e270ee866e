"""What a running server sent can be listed, shown and sent again from the command line."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests

from mockserver.app import App
from mockserver.cli import main
from mockserver.contract.model import Json
from mockserver.serve import running
from mockserver.settings import Settings

HEADERS = {"Authorization": "Bearer any-key"}


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    """A server with two settled deliveries: one taken, one refused by the egress policy."""
    with running(Settings(seed=7, clock="virtual")) as app:
        for url in (f"{app.address}/_mock/inbox/mine", "https://example.com/up?token=hunter2"):
            body: Json = {
                "prompt": "on",
                "video": {"url": f"{app.address}/_mock/sources/320x180-24fps-3s.mp4"},
                "duration": 2,
                "output": {"upload_url": url},
            }
            create = f"{app.address}/xai/v1/videos/extensions"
            assert requests.post(create, json=body, headers=HEADERS, timeout=10).ok
        move = {"seconds": 3600}
        assert requests.post(f"{app.address}/_mock/clock/advance", json=move, timeout=60).ok
        yield app


Said = pytest.CaptureFixture[str]


def say(app: App, capsys: Said, *words: str) -> tuple[int, str]:
    status = main(["webhooks", *words, "--url", app.address])
    return status, capsys.readouterr().out


def test_deliveries_are_listed_one_in_a_line(app: App, capsys: Said) -> None:
    status, out = say(app, capsys, "list")
    refused, taken = out.splitlines()
    assert status == 0
    assert " refused  " in refused
    assert "the egress policy is loopback" in refused
    assert "hunter2" not in out
    assert "delivered  xai.video_delivered  PUT http://127.0.0.1:" in taken
    assert " attempt" in taken
    assert say(app, capsys, "list", "--state", "failed") == (0, "")
    limited = say(app, capsys, "list", "--limit", "1")[1]
    assert limited.splitlines()[1] == "2 in all; --limit shows more"


def test_one_is_shown_and_sent_again_by_the_beginning_of_its_id(app: App, capsys: Said) -> None:
    listed = json.loads(say(app, capsys, "list", "--json")[1])["webhooks"]
    refused, taken = (one["id"] for one in listed)
    status, out = say(app, capsys, "show", taken[:12])
    assert status == 0
    assert "video/mp4" in out
    assert "answered 200" in out
    assert "Content-Type: video/mp4" in out
    status, out = say(app, capsys, "redeliver", taken)
    assert (status, ", asked for: answered 200" in out) == (0, True)
    assert say(app, capsys, "redeliver", refused)[0] == 1
    shown = json.loads(say(app, capsys, "show", taken, "--json")[1])
    assert [one["asked"] for one in shown["attempts"]] == [False, True]
    other = "f" if taken[0] != "f" else "e"
    assert main(["webhooks", "show", other * 40, "--url", app.address]) == 2
    assert "there is no delivery" in capsys.readouterr().err
    assert main(["webhooks", "show", "", "--url", app.address]) == 2
    assert "2 webhooks begin with" in capsys.readouterr().err


def test_a_world_has_webhooks_of_its_own(app: App, capsys: Said) -> None:
    assert say(app, capsys, "list", "--world", "elsewhere") == (0, "")


def test_a_wrong_state_is_refused_in_the_words_of_the_server(app: App, capsys: Said) -> None:
    assert main(["webhooks", "list", "--state", "lost", "--url", app.address]) == 2
    assert "state" in capsys.readouterr().err


class Other(BaseHTTPRequestHandler):
    """Not a mockserver."""

    def do_GET(self) -> None:
        status = 200 if "_mock" in self.path else 404
        self.send_response(status)
        self.end_headers()
        self.wfile.write(b"<html>")

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.mark.parametrize(
    ("path", "words"),
    [("", "is no mockserver"), ("/elsewhere/../x", "is no mockserver"), (" x", "nobody to ask")],
)
def test_who_is_no_mockserver_is_said_to_be_none(capsys: Said, path: str, words: str) -> None:
    server = HTTPServer(("127.0.0.1", 0), Other)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}{path}"
        assert main(["webhooks", "list", "--url", url]) == 2
        assert words in capsys.readouterr().err
    finally:
        server.shutdown()
        server.server_close()


def test_a_server_that_is_not_there_is_said_not_to_be(capsys: Said) -> None:
    assert main(["webhooks", "list", "--url", "http://127.0.0.1:1"]) == 2
    err = capsys.readouterr().err
    assert "nobody to ask at http://127.0.0.1:1: " in err
    assert "mockserver serve" in err


def test_without_a_deed_the_command_says_what_there_is() -> None:
    with pytest.raises(SystemExit):
        main(["webhooks"])
