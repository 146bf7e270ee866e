"""The servers that are measured, each in a process of its own on a free port."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

BARE = """
import sys, uvicorn
async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200,
                "headers": [(b"content-type", b"application/json"), (b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})
uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_level="warning", lifespan="off",
            loop="uvloop", http="httptools")
"""
HELLO = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
async def hello(request):
    return PlainTextResponse("hello")
uvicorn.run(Starlette(routes=[Route("/", hello)]), port=int(sys.argv[1]), access_log=False,
            log_level="warning")
"""
MOCK = str(Path(sys.executable).with_name("mockserver"))


def bare(port: int) -> list[str]:
    """A bare ASGI application that answers bytes."""
    return [sys.executable, "-c", BARE, str(port)]


def hello(port: int) -> list[str]:
    """A bare Starlette application under uvicorn."""
    return [sys.executable, "-c", HELLO, str(port)]


def mock(port: int, *options: str) -> list[str]:
    """The simulator."""
    return [MOCK, "serve", "--port", str(port), "--seed", "1", *options]


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def running(command: Sequence[str], port: int, path: str = "/") -> Iterator[tuple[int, float]]:
    """A server's process id and the seconds from its start to its first answer."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ})
    try:
        _await_answer(port, path, process)
        yield process.pid, time.perf_counter() - started
    finally:
        process.terminate()
        process.wait(10)


def resident(pid: int) -> int:
    """Resident memory of a process in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"no VmRSS of {pid}")


def _await_answer(port: int, path: str, process: subprocess.Popen[bytes]) -> None:
    text = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    while process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as one:
                one.sendall(text)
                if one.recv(1):
                    return
        except ConnectionRefusedError:
            time.sleep(0.001)
    raise RuntimeError(f"the server ended with {process.returncode}")
