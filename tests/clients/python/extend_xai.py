"""The calls of xAI's page on video extension, with requests: only the host is another.

Reads XAI_BASE_URL, XAI_API_KEY and VIDEO_URL; prints the URL of the longer video.
"""

import os
import sys
import time

import requests

BASE = os.environ["XAI_BASE_URL"]
AUTHORIZATION = {"Authorization": f"Bearer {os.environ['XAI_API_KEY']}"}


def main() -> int:
    submitted = requests.post(
        f"{BASE}/v1/videos/extensions",
        headers={"Content-Type": "application/json", **AUTHORIZATION},
        json={
            "model": "grok-imagine-video",
            "prompt": "The camera rises above the roofs. Slow, in morning light.",
            "duration": 10,
            "video": {"url": os.environ["VIDEO_URL"]},
        },
    )
    request = submitted.json()["request_id"]
    while True:
        view = requests.get(f"{BASE}/v1/videos/{request}", headers=AUTHORIZATION).json()
        if view["status"] == "done":
            print(view["video"]["url"])
            return 0
        if view["status"] in ("expired", "failed"):
            print(f"Request {view['status']}")
            return 1
        time.sleep(5)  # noqa: TID251 - a client of its own, which waits as the page does


if __name__ == "__main__":
    sys.exit(main())
