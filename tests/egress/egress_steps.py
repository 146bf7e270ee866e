"""What tests of egress share: a DNS that follows a script, answers of one kind, a port."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from mockserver import egress
from mockserver.egress import Pinned, Policy, Refused

LOOPBACK, PRIVATE, ANY = Policy("loopback"), Policy("private"), Policy("any")


class Names:
    """A DNS that answers from a script, one answer per question, and remembers who asked."""

    def __init__(self, *answers: Sequence[str] | OSError) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, name: str, port: int) -> Sequence[str]:
        self.asked.append(name)
        answer = self.answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer


async def refused(
    policy: Policy, url: str, resolver: egress.Resolver = egress.system_resolver
) -> Refused:
    answer = await egress.pin(policy, url, resolver=resolver)
    assert isinstance(answer, Refused), answer
    return answer


async def pinned(
    policy: Policy, url: str, resolver: egress.Resolver = egress.system_resolver
) -> Pinned:
    answer = await egress.pin(policy, url, resolver=resolver)
    assert isinstance(answer, Pinned), answer
    return answer


@asynccontextmanager
async def listening(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], object],
) -> AsyncIterator[int]:
    """A loopback port where `talk` answers each connection once its first bytes are there."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = talk(reader, writer)
        if asyncio.iscoroutine(said):
            await said
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
