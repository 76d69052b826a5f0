"""`POST /v1/commands`: any command, or many of them as an array or NDJSON, each with its own outcome, in order.

The body is read whole before anything is sent, so one that is too large or cut off leaves nothing half done. Outcomes
of NDJSON are streamed; at most `WINDOW` commands are under way at once.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from contracts.commands import BODY_LIMIT
from gateway.answers import undecided
from gateway.api.checking import check, take_import, tenant_of
from gateway.api.commands import decided
from gateway.asking import ask
from gateway.bus import Posted
from gateway.callers import Caller
from gateway.edge import Edge, edge_of
from gateway.order import Order, request_hash
from gateway.reading import (
    BATCH_LIMIT,
    body_of,
    check_query,
    decide_before,
    flag,
    idempotency_key,
    json_of,
    wait_seconds,
)
from gateway.refusals import invalid_command, too_large
from kit.problems import Problem

PATH = "/v1/commands"
NDJSON = "application/x-ndjson"
WINDOW = 256
MEMBERS = ("id", "type", "data", "import", "decide_before")

Outcome = dict[str, Any]


async def post_commands(request: Request) -> Response:
    """One command, an array, or NDJSON."""
    edge = edge_of(request)
    caller = await edge.admit(request)
    check_query(request, {"dry_run"})
    idempotency_key(request.state.command_id)
    reader = Reader(caller, request.state.command_id, flag(request, "dry_run"), request.headers.get("traceparent"))
    body = await body_of(request, BATCH_LIMIT)
    wait = wait_seconds(request)
    if request.headers.get("Content-Type", "").partition(";")[0].strip() == NDJSON:
        lines = [line for line in body.split(b"\n") if line.strip()]
        return StreamingResponse(_lines(many(edge, reader, lines, wait)), media_type=NDJSON)
    value = json_of(body)
    if isinstance(value, list):
        outcomes = [outcome async for outcome in many(edge, reader, value, wait)]
        return Response(orjson.dumps(outcomes), media_type="application/json")
    return await _one(request, edge, reader, value, len(body), wait)


async def _one(request: Request, edge: Edge, reader: "Reader", item: Any, size: int, wait: float) -> Response:
    if size > BODY_LIMIT:
        raise too_large(BODY_LIMIT)
    if isinstance(item, dict) and isinstance(item.get("id"), str):
        request.state.command_id = item["id"]
    return await decided(edge, reader.order(item, reader.command_id), wait)


async def _lines(outcomes: AsyncIterator[Outcome]) -> AsyncIterator[bytes]:
    async for outcome in outcomes:
        yield orjson.dumps(outcome) + b"\n"


async def many(edge: Edge, reader: "Reader", items: Sequence[Any], wait: float) -> AsyncGenerator[Outcome, None]:
    """The outcome of each item, in order. Once one is not decided in time, those behind it are not waited for."""
    under_way: deque[Posted | Outcome] = deque()
    try:
        for number, item in enumerate(items, 1):
            under_way.append(await _begin(edge, reader, item, f"{reader.command_id}.{number}"))
            if len(under_way) == WINDOW:
                yield (outcome := await _end(edge, under_way.popleft(), wait))
                wait = 0.0 if outcome["result"] == "pending" else wait
        while under_way:
            yield (outcome := await _end(edge, under_way.popleft(), wait))
            wait = 0.0 if outcome["result"] == "pending" else wait
    finally:
        for left in under_way:
            if isinstance(left, Posted):
                edge.bus.done(left)


async def _begin(edge: Edge, reader: "Reader", item: Any, own_id: str) -> Posted | Outcome:
    """Sends an item, within the quota; one that must not be sent has its outcome at once."""
    try:
        order = reader.order(item, own_id)
    except Problem as problem:
        return reader.refused(item, own_id, problem, edge.bus.position(reader.caller.tenant or ""))
    await asyncio.sleep(edge.quotas.reserve(order.caller.key_id))
    try:
        return await edge.bus.post(order)
    except Problem as problem:
        if problem.code == "too_large":
            return reader.refused(item, own_id, problem, edge.bus.position(order.tenant))
        return undecided(order) | {"error": _error(problem)}


async def _end(edge: Edge, begun: Posted | Outcome, wait: float) -> Outcome:
    if not isinstance(begun, Posted):
        return begun
    try:
        outcome = await ask(edge.bus, edge.services, begun, wait)
    except Problem as problem:
        return undecided(begun.order) | {"error": _error(problem)}
    if outcome is None:
        return undecided(begun.order)
    clear: Outcome = await edge.unseal(begun.order.tenant, outcome)
    return clear


def _error(problem: Problem) -> dict[str, Any]:
    field = {"field": problem.field} if problem.field is not None else {}
    return {"code": problem.code, "detail": problem.detail, **field, **problem.members}


@dataclass(frozen=True, slots=True)
class Reader:
    """Makes orders of items. `command_id` names those that have no id of their own."""

    caller: Caller
    command_id: str
    dry_run: bool
    traceparent: str | None

    def order(self, item: Any, own_id: str) -> Order:
        """The order that an item (or, in NDJSON, its line) is; raises what is wrong with it."""
        members = _item(item)
        chosen = idempotency_key(members.pop("id", own_id))
        hashed = request_hash("POST", PATH, members, None)
        imported = take_import(members) | take_import(members["data"])
        before = decide_before(members.pop("decide_before", None), "decide_before")
        type_name, data = members["type"], members["data"]
        check(self.caller, type_name, data, imported=imported)
        return Order(
            caller=self.caller,
            tenant=tenant_of(self.caller, type_name, data),
            id=chosen or own_id,
            type=type_name,
            data=data,
            request_hash=hashed,
            dry_run=self.dry_run,
            imported=imported,
            decide_before=before,
            traceparent=self.traceparent,
        )

    def refused(self, item: Any, own_id: str, problem: Problem, position: str | None) -> Outcome:
        """A refusal in the shape of an outcome; nothing was sent."""
        named = dict(_names(item))
        begun = {"command_id": named.get("id", own_id), "source": self.caller.source, "type": named.get("type")}
        at = {"position": position} if position else {}
        return begun | {"result": "rejected"} | at | {"error": _error(problem)}


def _item(item: Any) -> dict[str, Any]:
    """The members of an item: known ones, with the shapes that the rest relies on."""
    if isinstance(item, bytes):
        if len(item) > BODY_LIMIT:
            raise too_large(BODY_LIMIT)
        item = json_of(item)
    if not isinstance(item, dict):
        raise invalid_command("A command is a JSON object with id, type and data.")
    if unknown := next((name for name in item if name not in MEMBERS), None):
        raise Problem("unknown_field", f"There is no field {unknown[:80]}.", field=unknown[:80])
    members: dict[str, Any] = {"data": {}} | item
    for name, kind in (("type", str), ("data", dict), ("id", str)):
        if not isinstance(members.get(name, "" if name == "id" else None), kind):
            raise invalid_command(f"{name}: this is needed, as a {'JSON object' if kind is dict else 'text'}.", name)
    return members | {"data": dict(members["data"])}


def _names(item: Any) -> Iterator[tuple[str, str]]:
    """What a refused item calls itself, as far as that can be read."""
    if isinstance(item, bytes):
        try:
            item = orjson.loads(item)
        except orjson.JSONDecodeError:
            return
    if isinstance(item, dict):
        for name in ("id", "type"):
            if isinstance(item.get(name), str):
                yield name, item[name]
