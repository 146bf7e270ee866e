"""The calls of Pictory's guide on extending, with requests: only the host is another.

Reads PICTORY_BASE_URL, PICTORY_API_KEY, VIDEO_URL and POLL_SECONDS (the guide waits 15); the
argument is how many segments to make, each from the one before. Prints states and URLs.
"""

import os
import sys
import time

import requests

BASE = os.environ["PICTORY_BASE_URL"]
KEY = os.environ["PICTORY_API_KEY"]
EVERY = float(os.environ.get("POLL_SECONDS", "15"))


def submit(source: str) -> str:
    answer = requests.post(
        f"{BASE}/v1/aistudio/videos",
        json={
            "prompt": "The lantern drifts over the weir and the crowd on the bridge follows it",
            "extendVideoUrl": source,
            "model": "pixverse5.5",
            "aspectRatio": "9:16",
            "duration": "8s",
        },
        headers={"Content-Type": "application/json", "Authorization": KEY},
    )
    answer.raise_for_status()
    return str(answer.json()["data"]["jobId"])


def wait(job: str) -> str:
    while True:
        answer = requests.get(f"{BASE}/v1/jobs/{job}", headers={"Authorization": KEY})
        answer.raise_for_status()
        view = answer.json()
        data = view["data"]
        print(data["status"])
        if data["status"] == "completed":
            print(data["duration"], data["width"], data["height"], data["aiCreditsUsed"])
            return str(data["url"])
        if data["status"] == "failed":
            raise RuntimeError(f"failed: {view}")
        time.sleep(EVERY)  # noqa: TID251 - a client of its own, which waits as the guide does


def main() -> int:
    source = os.environ["VIDEO_URL"]
    for _ in range(int(sys.argv[1])):
        source = wait(submit(source))
        print(source)
    return 0


if __name__ == "__main__":
    sys.exit(main())
