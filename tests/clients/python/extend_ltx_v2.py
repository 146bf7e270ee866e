"""LTX, version 2, with requests: upload a file if the video is one, submit, poll, download.

Reads LTX_BASE_URL, LTX_API_KEY and POLL_SECONDS (default 5); arguments are the video (a file or a
URI), where to extend it, and the file to write. Prints each state it is shown.
"""

import os
import sys
import time

import requests

BASE = os.environ["LTX_BASE_URL"]
AUTHORIZATION = {"Authorization": f"Bearer {os.environ['LTX_API_KEY']}"}


def main(video: str, mode: str, out: str) -> int:
    uri = uploaded(video) if os.path.isfile(video) else video
    order = {"video_uri": uri, "duration": 2, "mode": mode, "prompt": "The fog lifts."}
    submitted = requests.post(f"{BASE}/v2/extend", headers=AUTHORIZATION, json=order, timeout=30)
    submitted.raise_for_status()
    job = submitted.json()["id"]
    while True:
        answer = requests.get(f"{BASE}/v2/extend/{job}", headers=AUTHORIZATION, timeout=30)
        answer.raise_for_status()
        view = answer.json()
        print(view["status"])
        if view["status"] == "completed":
            return downloaded(view["result"]["video_url"], out)
        if view["status"] == "failed":
            print(view["error"]["message"])
            return 1
        time.sleep(float(os.environ.get("POLL_SECONDS", "5")))  # noqa: TID251 - a client of its own


def uploaded(path: str) -> str:
    """The URI of a file put to a signed URL, which must get no key of ours."""
    ticket = requests.post(f"{BASE}/v1/upload", headers=AUTHORIZATION, timeout=30).json()
    headers = {"Content-Type": "video/mp4", **ticket["required_headers"]}
    with open(path, "rb") as file:
        requests.put(
            ticket["upload_url"], data=file, headers=headers, timeout=30
        ).raise_for_status()
    return str(ticket["storage_uri"])


def downloaded(url: str, out: str) -> int:
    answer = requests.get(url, timeout=30)
    answer.raise_for_status()
    with open(out, "wb") as file:
        file.write(answer.content)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
