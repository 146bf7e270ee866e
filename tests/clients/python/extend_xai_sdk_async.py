"""Upload a video through xAI's SDK in an event loop, extend it by its id, and fetch the result."""

from __future__ import annotations

import asyncio
import os
import sys
import urllib.request
from datetime import timedelta

import xai_sdk


async def main() -> None:
    client = xai_sdk.AsyncClient(api_host=os.environ["XAI_API_HOST"])
    try:
        file = await client.files.upload(os.environ["VIDEO"])
        response = await client.video.extend(
            prompt="The camera rises above the roofs.",
            model="grok-imagine-video",
            video_file_id=file.id,
            duration=2,
            interval=timedelta(seconds=0.2),
        )
    finally:
        await client.close()
    with urllib.request.urlopen(response.url) as answer, open(sys.argv[1], "wb") as out:
        out.write(answer.read())
    print(response.duration, response.cost_usd)


asyncio.run(main())
