"""Have an MCP server over stdio make a video at kie.ai: order, wait, and print where it is.

Arguments: the server's JavaScript, the base URL, the key, and the seconds that it may wait.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from types import TracebackType
from typing import Any

PROTOCOL = "2025-06-18"
POLL_SECONDS = 3


class Server:
    """An MCP server in a process, as long as the block runs."""

    def __init__(self, script: str, environment: dict[str, str]) -> None:
        self._calls = 0
        self._process = subprocess.Popen(
            ["node", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )

    def __enter__(self) -> Server:
        me = {"name": "judged", "version": "1"}
        self._ask("initialize", protocolVersion=PROTOCOL, capabilities={}, clientInfo=me)
        self._say({"method": "notifications/initialized"})
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def call(self, tool: str, **arguments: Any) -> Any:
        """What a tool answers. SystemExit says what it says where that is an error."""
        result = self._ask("tools/call", name=tool, arguments=arguments)
        text = result["content"][0]["text"]
        if result.get("isError"):
            sys.exit(text)
        return json.loads(text)

    def _ask(self, method: str, **parameters: Any) -> Any:
        self._calls += 1
        self._say({"id": self._calls, "method": method, "params": parameters})
        assert self._process.stdout is not None, "it is a pipe"
        for line in self._process.stdout:
            answer = json.loads(line)
            if answer.get("id") == self._calls:
                return answer["result"]
        sys.exit(f"the server ended before it answered {method}")

    def _say(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None, "it is a pipe"
        self._process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self._process.stdin.flush()


def main(script: str, base: str, key: str, seconds: str) -> None:
    """Print the addresses of a new video."""
    with tempfile.TemporaryDirectory() as folder:
        known = {
            "KIE_AI_API_KEY": key,
            "KIE_AI_BASE_URL": f"{base}/api/v1",
            "KIE_AI_CALLBACK_URL": f"{base.removesuffix('/kie')}/_mock/inbox/felores",
            "KIE_AI_ALLOW_DIRECT_GENERATION": "true",
            "KIE_AI_DB_PATH": f"{folder}/tasks.db",
        }
        with Server(script, known) as server:
            made = server.call("veo3_generate_video", prompt="A kite over the dunes.")
            done = server.call(
                "wait_for_task",
                task_id=made["task_id"],
                interval_seconds=POLL_SECONDS,
                timeout_seconds=int(seconds),
            )
    print(*done["result_urls"], sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
