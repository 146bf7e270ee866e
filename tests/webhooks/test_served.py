"""Deliveries of a real server: to a receiver in another process, and when it is told to stop."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
import requests

from mockserver.contract.model import Json
from tests.wire.conftest import Served

HEADERS = {"Authorization": "Bearer any-key"}


@pytest.fixture
def served() -> Iterator[Served]:
    one = Served("--seed", "7", "--speed", "10000")
    yield one
    one.stop()


def create(served: Served, target: str) -> str:
    """Begin a job whose video is to be put to a URL; its id."""
    body: Json = {
        "prompt": "on",
        "video": {"url": f"{served.url}/_mock/sources/320x180-24fps-3s.mp4"},
        "duration": 2,
        "output": {"upload_url": target},
    }
    url = f"{served.url}/xai/v1/videos/extensions"
    return str(requests.post(url, json=body, headers=HEADERS, timeout=10).json()["request_id"])


def states(served: Served) -> list[str]:
    shown = requests.get(f"{served.url}/_mock/webhooks", timeout=10).json()["webhooks"]
    return [one["state"] for one in shown]


class Taking(BaseHTTPRequestHandler):
    """Takes what is put to it, and remembers it."""

    taken: ClassVar[list[tuple[str, str, int]]]
    enough: ClassVar[threading.Event]

    def do_PUT(self) -> None:
        size = int(self.headers["Content-Length"])
        body = self.rfile.read(size)
        self.taken.append((self.path, self.headers["Content-Type"], len(body)))
        self.send_response(200)
        self.end_headers()
        self.enough.set()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


def test_a_video_is_put_to_a_receiver_outside(served: Served) -> None:
    class Here(Taking):
        taken: ClassVar[list[tuple[str, str, int]]] = []
        enough = threading.Event()

    with ThreadingHTTPServer(("127.0.0.1", 0), Here) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        id = create(served, f"http://127.0.0.1:{server.server_port}/up?sig=1")
        assert Here.enough.wait(20)
        server.shutdown()
    poll = f"{served.url}/xai/v1/videos/{id}"
    while (answer := requests.get(poll, headers=HEADERS, timeout=10)).status_code == 202:
        pass
    assert answer.json()["status"] == "done"
    ((path, media_type, size),) = Here.taken
    assert (path, media_type) == ("/up?sig=1", "video/mp4")
    assert size > 10_000


def test_an_inbox_hangs_up_on_a_sender_outside(served: Served) -> None:
    inbox = f"{served.url}/_mock/inbox/mine"
    requests.put(f"{inbox}/answers", json=[{"hangup": True}], timeout=10)
    with pytest.raises(requests.ConnectionError, match="without response"):
        requests.post(inbox, json={}, timeout=10)
    assert requests.post(inbox, json={}, timeout=10).status_code == 200


def test_a_server_stops_soon_though_a_receiver_hangs(served: Served) -> None:
    with socket.socket() as hanging:
        hanging.bind(("127.0.0.1", 0))
        hanging.listen()  # and never answers
        create(served, f"http://127.0.0.1:{hanging.getsockname()[1]}/")
        while states(served) != ["sending"]:
            pass
        status, said, problems = served.stop()  # waits ten seconds, no more
    assert (status, problems) == (0, "")
    assert said.splitlines()[-1].startswith("stopped; ")


def test_the_client_library_is_loaded_with_the_first_delivery_only() -> None:
    text = (
        "import sys, json, mockserver.app, mockserver.serve, mockserver.webhooks.pump\n"
        "from mockserver.settings import Settings\n"
        "mockserver.app.App(Settings()).close()\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert not {"aiohttp", "yarl", "multidict"} & set(json.loads(done.stdout))
