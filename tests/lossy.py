"""A TCP proxy that loses answers: what was asked is done, and whoever asked sees its connection break."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit, urlunsplit


class Lossy:
    """Forwards to one server; once `losing`, the next answer is swallowed and its connection closed."""

    def __init__(self, host: str, port: int) -> None:
        self.losing = False
        self._server = (host, port)
        self._pumps: set[asyncio.Task[None]] = set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection(*self._server)
        for pump in (self._ask(reader, to_server), self._answer(from_server, writer)):
            task = asyncio.create_task(pump)
            self._pumps.add(task)
            task.add_done_callback(self._pumps.discard)

    async def _ask(self, reader: asyncio.StreamReader, to_server: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while block := await reader.read(65536):
                to_server.write(block)
                await to_server.drain()
        to_server.close()

    async def _answer(self, from_server: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while (block := await from_server.read(65536)) and not self.losing:
                writer.write(block)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def lossy(dsn: str) -> AsyncIterator[tuple[Lossy, str]]:
    """The proxy, and the DSN that leads through it."""
    url = urlsplit(dsn)
    proxy = Lossy(url.hostname or "127.0.0.1", url.port or 5432)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    user = url.netloc.rpartition("@")[0]
    async with server:
        yield proxy, urlunsplit(url._replace(netloc=f"{user}@127.0.0.1:{port}"))
        server.close()
