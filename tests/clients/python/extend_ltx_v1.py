"""The call of LTX's page on extending a video, with requests: the answer is the longer video.

Reads LTX_BASE_URL and LTX_API_KEY; arguments are the video's URI and the file to write.
"""

import os
import sys

import requests


def main(uri: str, out: str) -> int:
    answer = requests.post(
        f"{os.environ['LTX_BASE_URL']}/v1/extend",
        headers={"Authorization": f"Bearer {os.environ['LTX_API_KEY']}"},
        json={
            "video_uri": uri,
            "duration": 3,
            "prompt": "The boat drifts on towards the bridge.",
            "mode": "end",
            "model": "ltx-2-3-pro",
            "context": 2,
        },
        timeout=30,
    )
    if answer.status_code != 200:
        print(answer.text)
        return 1
    with open(out, "wb") as file:
        file.write(answer.content)
    for name in ("x-request-id", "Content-Type", "Content-Length"):
        print(answer.headers[name])
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
