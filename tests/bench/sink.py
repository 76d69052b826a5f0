"""A receiver that costs little: a process of its own, which answers every request at once and notes when it came."""

import asyncio
import multiprocessing
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from typing import cast

import httptools

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

Arrival = tuple[float, bytes]
"""When a request had come whole, by the wall clock, and its body."""


class Sink:
    """The receiver seen from the measurement. What is posted below a path is counted and kept by that path."""

    def __init__(self, port: int, talk: Callable[[str, str], Awaitable[object]]) -> None:
        self.port, self._talk = port, talk

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    async def count(self, path: str) -> int:
        return cast(int, await self._talk("count", path))

    async def take(self, path: str) -> list[Arrival]:
        """All that came, and forgets it."""
        return cast(list[Arrival], await self._talk("take", path))


@asynccontextmanager
async def sink() -> AsyncIterator[Sink]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    asking = asyncio.Lock()

    async def talk(word: str, path: str) -> object:
        async with asking:
            ours.send((word, path))
            return await asyncio.to_thread(ours.recv)

    try:
        yield Sink(cast(int, await asyncio.to_thread(ours.recv)), talk)
    finally:
        process.terminate()
        await asyncio.to_thread(process.join, 10)


def _serve(talk: Connection) -> None:
    import uvloop

    uvloop.run(_answer(talk))


async def _answer(talk: Connection) -> None:
    came: defaultdict[str, list[Arrival]] = defaultdict(list)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Line(came), "127.0.0.1", 0)

    def told() -> None:
        word, path = talk.recv()
        talk.send(len(came[path]) if word == "count" else came.pop(path, []))

    loop.add_reader(talk.fileno(), told)
    talk.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


class _Line(asyncio.Protocol):
    def __init__(self, came: defaultdict[str, list[Arrival]]) -> None:
        self._came = came
        self._parser = httptools.HttpRequestParser(self)
        self._path, self._parts = "", list[bytes]()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._path = url.decode().strip("/")

    def on_body(self, part: bytes) -> None:
        self._parts.append(part)

    def on_message_complete(self) -> None:
        self._came[self._path].append((time.time(), b"".join(self._parts)))
        self._parts = []
        self._transport.write(ANSWER)
