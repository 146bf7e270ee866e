"""A small client, naive on purpose: each of its lines looks fine as long as all goes well."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen


class Studio:
    """Extends clips at one provider, and sells them."""

    def __init__(self, base_url: str, key: str, sleep: Callable[[float], None]) -> None:
        self.base_url = base_url
        self.sleep = sleep
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self.sold: list[str] = []

    def extend(self, source: str, folder: Path) -> Path:
        """The extended clip, on disk."""
        for _ in range(3):
            try:
                return self.fetch(self.url_of(self.order(source)), folder)
            except HTTPError:  # something failed on the way: once more from the start
                self.sleep(1)
        raise RuntimeError("it does not work today")

    def order(self, source: str) -> str:
        body = {"prompt": "The kite climbs.", "duration": 2, "video": {"url": source}}
        return str(self.call("/v1/videos/extensions", body)["request_id"])

    def url_of(self, id: str) -> str:
        """Where the result is, as soon as it is done."""
        while True:
            view = self.call(f"/v1/videos/{id}")
            if view.get("status") == "done":
                return str(view["video"].get("url"))
            self.sleep(30)

    def fetch(self, url: str, folder: Path) -> Path:
        path = folder / "result.mp4"
        with urlopen(url, timeout=10) as answer, path.open("wb") as file:
            shutil.copyfileobj(answer, file)
        return path

    def call(self, path: str, body: Any = None) -> Any:
        """The answer's JSON. What does not work the first time works the second."""
        sent = None if body is None else json.dumps(body).encode()
        request = Request(self.base_url + path, sent, self.headers)
        for _ in range(2):
            try:
                with urlopen(request, timeout=10) as answer:
                    return json.load(answer)
            except HTTPError as error:
                if error.code != 429:
                    raise
            except (URLError, ConnectionError):
                pass  # the network: try again
        raise RuntimeError(f"{path} does not work")

    def generate(self, hook: str) -> str:
        """Order a clip where a webhook tells when it is done."""
        answer = self.call("/api/v1/veo/generate", {"prompt": "A kite.", "callBackUrl": hook})
        return str(answer["data"]["taskId"])

    def on_webhook(self, body: Any) -> None:
        """A clip is done: sell it."""
        if body["code"] == 200:
            self.sold.append(body["data"]["taskId"])
