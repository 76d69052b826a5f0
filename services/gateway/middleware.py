"""What every answer has, whatever became of the request: the command id, the position, and a problem body for a bug."""

import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.envelope import ID_LIMIT
from gateway.answers import POSITION
from gateway.edge import edge_of
from gateway.metrics import ANSWERS
from kit.logging import log
from kit.problems import Problem, problem_response

IDEMPOTENCY_KEY = "Idempotency-Key"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_CLEAN = re.compile(rf"[\x20-\x7e]{{1,{ID_LIMIT}}}")


def new_command_id() -> str:
    return f"cmd_{uuid.uuid4().hex}"


class Courtesies:
    """Names the command before anything can fail; so a caller can always send it again."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        answer = _Answer(scope, send)
        try:
            await self._app(scope, receive, answer.send)
        except Exception as bug:
            if answer.begun:
                raise
            log.error("request failed", path=scope["path"], exc_info=bug)
            said = Problem("internal_error", "Something went wrong here; it has been noted.")
            await problem_response(Request(scope), said)(scope, receive, answer.send)


class _Answer:
    """Adds to the headers of one answer as they go out."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._request, self._send = Request(scope), send
        self.begun = False
        self._began = time.perf_counter()
        chosen = Headers(scope=scope).get(IDEMPOTENCY_KEY)
        if chosen is None and scope["method"] not in SAFE:
            chosen = new_command_id()
        self._request.state.command_id = chosen

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            self._count(message["status"])
            self._add(MutableHeaders(raw=message.setdefault("headers", [])))
        await self._send(message)

    def _count(self, status: int) -> None:
        """Under the route's pattern, never the path: ids would make a series each."""
        route = getattr(self._request.state, "route", "none")
        ANSWERS.labels(self._request.method, route, status).observe(time.perf_counter() - self._began)

    def _add(self, headers: MutableHeaders) -> None:
        state = self._request.state
        if state.command_id is not None and _CLEAN.fullmatch(state.command_id):
            headers[IDEMPOTENCY_KEY] = state.command_id
        tenant = getattr(state, "tenant", None)
        if tenant is None or POSITION in headers or self._request.method in SAFE:
            return  # what a read is true at only the service that answered it can say
        if at := edge_of(self._request).bus.position(tenant):
            headers[POSITION] = at
