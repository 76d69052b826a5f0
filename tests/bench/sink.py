"""A receiver that costs little: a process of its own, which answers every request at once and notes when it came."""

import asyncio
import multiprocessing
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from typing import cast

import aiohttp
import httptools
import msgspec

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Arrivals(msgspec.Struct):
    """What was posted to one path: when each request had come whole, by the wall clock, with the instant that its body
    names; and the first body."""

    times: list[tuple[float, str]] = []
    body: str = ""


class Sink:
    """The receiver seen from the measurement. What is posted to a path is counted and kept by that path."""

    def __init__(self, port: int, session: aiohttp.ClientSession) -> None:
        self._port, self._session = port, session

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._port}/{path}"

    async def count(self, path: str) -> int:
        return int(await self._get(f"count/{path}"))

    async def take(self, path: str) -> Arrivals:
        """All that came, and forgets it."""
        return msgspec.json.decode(await self._get(f"take/{path}"), type=Arrivals)

    async def _get(self, path: str) -> bytes:
        async with self._session.get(self.url(path)) as answer:
            return await answer.read()


@asynccontextmanager
async def sink() -> AsyncIterator[Sink]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        port = cast(int, await asyncio.to_thread(ours.recv))
        async with aiohttp.ClientSession() as session:
            yield Sink(port, session)
    finally:
        process.terminate()
        await asyncio.to_thread(process.join, 10)


def _serve(talk: Connection) -> None:
    import uvloop

    uvloop.run(_answer(talk))


async def _answer(talk: Connection) -> None:
    came: defaultdict[str, Arrivals] = defaultdict(Arrivals)
    server = await asyncio.get_running_loop().create_server(lambda: _Line(came), "127.0.0.1", 0)
    talk.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


class _Line(asyncio.Protocol):
    def __init__(self, came: defaultdict[str, Arrivals]) -> None:
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
        body, self._parts = b"".join(self._parts), []
        if self._parser.get_method() == b"GET":
            self._tell(*self._path.split("/"))
            return
        arrivals = self._came[self._path]
        arrivals.body = arrivals.body or body.decode()
        arrivals.times.append((time.time(), body.partition(b'"timestamp":"')[2].partition(b'"')[0].decode()))
        self._transport.write(ANSWER)

    def _tell(self, word: str, path: str) -> None:
        count = len(self._came[path].times)
        content = msgspec.json.encode(count if word == "count" else self._came.pop(path))
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content) + content)
