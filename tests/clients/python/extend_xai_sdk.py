"""Extend a video through xAI's SDK, and fetch the longer one. All that is not usual is the host."""

from __future__ import annotations

import os
import sys
import urllib.request
from datetime import timedelta

import xai_sdk

with xai_sdk.Client(api_host=os.environ["XAI_API_HOST"]) as client:
    response = client.video.extend(
        prompt="The camera rises above the roofs.",
        model="grok-imagine-video",
        video_url=os.environ["VIDEO_URL"],
        duration=2,
        interval=timedelta(seconds=0.2),
    )

with urllib.request.urlopen(response.url) as answer, open(sys.argv[1], "wb") as file:
    file.write(answer.read())
print(response.duration, response.cost_usd)
