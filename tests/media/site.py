"""A site on a loopback port that says exactly what it was told to, and downloads from it."""

import asyncio
from collections.abc import Awaitable, Callable

from mockserver.media.model import Trouble
from mockserver.media.sources import Fetched

Talk = Callable[[asyncio.StreamWriter], Awaitable[None]]
Get = Callable[..., Awaitable[Fetched | Trouble]]
MIB = 1024 * 1024


class Site:
    """A loopback web site on a real port: each path talks for itself, and asked-for heads stay."""

    def __init__(self) -> None:
        self.paths: dict[str, Talk] = {}
        self.heads: list[str] = []
        self.port = 0

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def says(self, path: str, head: str, body: bytes = b"") -> str:
        """Answer with these bytes, as they are, and hang up."""

        async def talk(writer: asyncio.StreamWriter) -> None:
            writer.write(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)

        self.paths[path] = talk
        return self.url(path)

    def sends(self, path: str, body: bytes, *headers: str) -> str:
        head = "\n".join(("HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers))
        return self.says(path, head, body)

    def moves(self, path: str, location: str, status: int = 302) -> str:
        return self.says(path, f"HTTP/1.1 {status} Moved\nLocation: {location}\nContent-Length: 0")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            await self.paths[self.heads[-1].split()[1]](writer)
            await writer.drain()
        except ConnectionError:
            pass  # the client had enough
        finally:
            writer.close()
