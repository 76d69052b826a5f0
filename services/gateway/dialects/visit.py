"""One request to a dialect: who asks and what, with the native interface to ask and to send commands to.

Reads wait until they show the caller's own writes. The position that an answer is true at is kept for its header.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.requests import Request

from gateway.answers import POSITION
from gateway.api.checking import check
from gateway.api.commands import accepted
from gateway.callers import Caller
from gateway.edge import Edge
from gateway.order import Order, request_hash
from gateway.reading import idempotency_key, wait_seconds
from gateway.refusals import RETRY_SECONDS, unavailable
from gateway.services import AVAILABILITY, segment
from kit.problems import Problem

AFTER = "Slotkeeper-After"
PROBLEM_MEMBERS = frozenset({"type", "title", "status", "detail", "instance", "code", "field"})


@dataclass(slots=True)
class Visit:
    """`query` and `body` are what the operation says they are; `sent` is the body as JSON."""

    request: Request
    edge: Edge
    caller: Caller
    query: Any
    body: Any
    sent: dict[str, Any]
    position: str | None = None

    @property
    def id(self) -> str:
        """The path's `{id}`."""
        named: str = self.request.path_params["id"]
        return named

    async def read(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """What the native interface answers; its refusal is raised. Members of the query that are None are left out."""
        given = {name: value for name, value in (query or {}).items() if value is not None}
        target = f"{path}?{urlencode(given, doseq=True)}" if given else path
        own = self.edge.bus.written(self.caller.source, self.caller.acts_for())
        headers = {AFTER: own} if own else {}
        reply = await self.edge.services.ask(AVAILABILITY, "GET", target, self.caller, headers)
        self.position = reply.headers.get(POSITION)
        body = _json(reply.body)
        if reply.status != 200:
            raise _problem(reply.status, body, reply.headers)
        return body

    async def read_one(self, kind: str) -> Any:
        """The thing of that kind which the path names."""
        return await self.read(f"/v1/{kind}/{segment(self.id)}")

    async def decide(self, command: str, data: dict[str, Any]) -> Any:
        """The outcome of the command; a refusal is raised, and so is that none came in time."""
        outcome = await accepted(self.edge, self._order(command, data), wait_seconds(self.request))
        if outcome is None:
            raise Problem(
                "unavailable", "This is not decided yet; send it again with the same Idempotency-Key for the answer.",
                headers={"Retry-After": str(RETRY_SECONDS)},
            )  # fmt: skip
        self.position = outcome["position"]
        return outcome

    def _order(self, command: str, data: dict[str, Any]) -> Order:
        check(self.caller, command, data, imported=False)
        request = self.request
        return Order(
            caller=self.caller,
            tenant=self.caller.acts_for(),
            id=idempotency_key(request.state.command_id) or "",
            type=command,
            data=data,
            request_hash=request_hash(request.method, request.url.path, self.sent, None),
            traceparent=request.headers.get("traceparent"),
        )


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as broken:
        raise unavailable("What was asked for cannot be read now.") from broken


def _problem(status: int, body: dict[str, Any], headers: Mapping[str, str]) -> Problem:
    """A refusal of the native interface, as it was there."""
    members = {name: value for name, value in body.items() if name not in PROBLEM_MEMBERS}
    kept = {name: headers[name] for name in ("Retry-After",) if name in headers}
    return Problem(
        body.get("code", "unavailable"), body.get("detail", ""), field=body.get("field"), status=status,
        members=members, headers=kept,
    )  # fmt: skip
