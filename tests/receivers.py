"""Receivers of webhooks as raw servers on loopback: each plays one part, however badly behaved."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Play = Callable[["Caller"], Awaitable[None]]


@dataclass(slots=True)
class Request:
    head: str
    body: bytes

    def header(self, name: str) -> str | None:
        lines = (line.partition(":") for line in self.head.split("\r\n")[1:])
        return next((value.strip() for key, _, value in lines if key.lower() == name.lower()), None)


@dataclass(slots=True)
class Caller:
    """One connection, seen by the receiver."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    receiver: "Receiver"

    async def request(self) -> Request:
        """Reads one request whole; raises IncompleteReadError when the caller hangs up."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        request = Request(head, b"")
        request.body = await self.reader.readexactly(int(request.header("content-length") or 0))
        self.receiver.requests.append(request)
        return request

    async def say(self, content: bytes) -> None:
        self.writer.write(content)
        await self.writer.drain()

    async def say_for_ever(self, content: bytes, *, every: float = 0) -> None:
        while not self.writer.is_closing():
            await self.say(content)
            await asyncio.sleep(every)


@dataclass(slots=True)
class Receiver:
    port: int = 0
    connections: int = 0
    plays: set[asyncio.Task[None]] = field(default_factory=set)
    requests: list[Request] = field(default_factory=list)

    def url(self, scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}/hook"

    async def all_gone(self) -> None:
        """Waits until every caller has hung up; the test's own time limit ends a wait in vain."""
        await asyncio.gather(*self.plays)


@asynccontextmanager
async def receiving(
    play: Play, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Receiver]:
    """A receiver that plays `play` with each connection, and hangs up after it."""
    receiver = Receiver()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        receiver.plays.add(task)
        receiver.connections += 1
        try:
            with suppress(asyncio.IncompleteReadError, OSError, asyncio.CancelledError):
                await play(Caller(reader, writer, receiver))
        finally:
            receiver.plays.discard(task)
            writer.close()

    server = await asyncio.start_server(connected, host, 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in receiver.plays:
            task.cancel()
        await asyncio.gather(*receiver.plays, return_exceptions=True)


def answering(*heads: str, body: bytes = b"") -> Play:
    """A well-behaved receiver: the heads in turn, the last again and again, on lines that stay open."""
    spoken = [head.encode() for head in heads]

    async def play(caller: Caller) -> None:
        while True:
            await caller.request()
            head = spoken[min(len(caller.receiver.requests), len(spoken)) - 1]
            await caller.say(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    return play


OK = "HTTP/1.1 200 OK\r\n"
