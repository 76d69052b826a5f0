"""Routes that are one command: from request to order by the table, from outcome to answer by its status."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from contracts.commands import BODY_LIMIT
from gateway.answers import not_yet, refusal, status_of, success
from gateway.api.checking import check, take_import, tenant_of
from gateway.api.table import OWN_ID, CommandRoute
from gateway.asking import ask
from gateway.callers import Caller
from gateway.edge import Edge, edge_of
from gateway.order import Order, request_hash
from gateway.reading import (
    DECIDE_BEFORE,
    body_of,
    check_query,
    decide_before,
    expected_version,
    flag,
    idempotency_key,
    object_of,
    wait_seconds,
)
from gateway.refusals import invalid_command
from kit.problems import Problem

Endpoint = Callable[[Request], Awaitable[Response]]


def endpoint(route: CommandRoute) -> Endpoint:
    """The route's handler."""

    async def answer(request: Request) -> Response:
        edge = edge_of(request)
        caller = await edge.admit(request, route.scope)
        order = await order_of(request, route, caller)
        return await decided(edge, order, wait_seconds(request))

    return answer


async def order_of(request: Request, route: CommandRoute, caller: Caller) -> Order:
    """The order that a request is, checked."""
    check_query(request, {"dry_run", *route.from_query})
    body = object_of(await body_of(request, BODY_LIMIT))
    hashed = request_hash(request.method, request.url.path, body | _queried(request, route), _if_match(request))
    imported = take_import(body)
    data = _members(request, route, body)
    type_name = route.command.__name__
    check(caller, type_name, data, imported=imported)
    return Order(
        caller=caller,
        tenant=tenant_of(caller, type_name, data),
        id=idempotency_key(request.state.command_id) or "",
        type=type_name,
        data=data,
        request_hash=hashed,
        dry_run=flag(request, "dry_run"),
        imported=imported,
        decide_before=decide_before(request.headers.get(DECIDE_BEFORE)),
        traceparent=request.headers.get("traceparent"),
    )


def _queried(request: Request, route: CommandRoute) -> dict[str, Any]:
    return {name: request.query_params[name] for name in route.from_query if name in request.query_params}


def _members(request: Request, route: CommandRoute, body: dict[str, Any]) -> dict[str, Any]:
    """The command's members: the body's, the query's, the path's and the version of `If-Match`."""
    for name in route.from_path:
        if name in body:
            raise Problem("unknown_field", f"The path already says {name}.", field=name)
    members = body | _queried(request, route) | request.path_params
    if (version := expected_version(request)) is None:
        return members
    if not route.takes_version or members.get("expected_version", version) != version:
        raise invalid_command("This version does not go with this request.", "If-Match")
    return members | {"expected_version": version}


def _if_match(request: Request) -> str | None:
    return request.headers.get("If-Match")


async def decided(edge: Edge, order: Order, wait: float) -> Response:
    """Posts the order and answers with its outcome; 202 if there is none in time."""
    outcome = await accepted(edge, order, wait)
    return not_yet(order) if outcome is None else success(outcome, status_of(outcome, OWN_ID[order.type]))


async def accepted(edge: Edge, order: Order, wait: float) -> dict[str, Any] | None:
    """The outcome of the order, in clear; raises it as a problem if it is a refusal. None: not decided in time."""
    outcome = await ask(edge.bus, edge.services, await edge.bus.post(order), wait)
    if outcome is None:
        return None
    clear: dict[str, Any] = await edge.unseal(order.tenant, outcome)
    if "error" in clear:
        raise refusal(clear, status_of(clear, OWN_ID[order.type]))
    return clear
