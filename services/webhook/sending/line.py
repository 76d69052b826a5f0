"""A line to a receiver: one connection, on which an answer may take only so much.

aiohttp bounds each header and pauses a body that nobody reads. Here are bounded: all that comes before an answer's own
head (interim answers without end, headers without end), and the bytes that an answer takes in all, framing included.
A line that is not kept is cut: closing it politely would wait for a receiver that never reads.
"""

from functools import partial
from typing import Any

from aiohttp import ClientPayloadError, TCPConnector
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.http_parser import RawResponseMessage
from aiohttp.streams import StreamReader

INTERIM_ANSWERS = 8
HEAD_BYTES = 65_536
ANSWER_BYTES = 1_048_576
"""Far above what is read of an answer before its body is left: only framing that carries no body comes so far."""


class Lines(TCPConnector):
    """Connections that are `Line`s."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        line: type[ResponseHandler] = Line
        self._factory = partial(line, loop=self._loop)


class Line(ResponseHandler):
    """aiohttp's side of a connection, with the bounds of the answer that is being awaited."""

    _before_head = False
    _received = 0
    _interim = 0

    def set_response_params(self, **params: Any) -> None:
        """A request goes out: its answer's bounds begin."""
        self._before_head, self._received, self._interim = True, 0, 0
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)
        if self._received > (HEAD_BYTES if self._before_head else ANSWER_BYTES):
            self._cut("longer than any answer")

    def feed_data(self, data: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        """One head was read: the answer's own, or an interim one, of which only the number counts."""
        interim = 100 <= data[0].code <= 199 and data[0].code != 101
        self._before_head = self._before_head and interim
        self._interim += interim
        if self._interim > INTERIM_ANSWERS:
            self._cut("interim answers without end")
        elif not interim:
            super().feed_data(data, size)

    def close(self) -> None:
        self.abort()

    def _cut(self, why: str) -> None:
        if self.transport is None or self.transport.is_closing():
            return
        if self._payload is not None:
            self._payload.set_exception(ClientPayloadError(why))
        self.set_exception(BadHttpMessage(why))
        self.transport.abort()
