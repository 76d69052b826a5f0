"""Routes whose answers other services own: passed on with the caller's signed identity, and back as they come."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import orjson
from starlette.requests import Request
from starlette.responses import Response

from contracts.commands import BODY_LIMIT
from gateway.answers import success
from gateway.edge import edge_of
from gateway.reading import body_of, check_query
from gateway.refusals import not_found, unavailable
from gateway.services import AVAILABILITY, BOOKING, outcome_of, segment

READ, SUPPLY, CUSTOMERS, EVENTS, OPERATOR = (
    "appointments:read",
    "supply:write",
    "customers:read",
    "events:read",
    "ops",
)

PASSED_ON = ("Accept", "Content-Type", "If-None-Match", "Slotkeeper-After", "traceparent", "Last-Event-ID")
PASSED_BACK = ("Content-Type", "ETag", "Retry-After", "Slotkeeper-Position", "Cache-Control", "Location")

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Passed:
    """A route that is passed on: to whom, for which scopes (any of them), and what it answers."""

    method: str
    path: str
    service: str
    scopes: tuple[str, ...]
    says: str
    tag: str
    query: tuple[str, ...] = ()
    answer: str = "object"


SLOT = ("service_id", "option_id", "duration_minutes", "location_id", "resource_id", "seats", "hold_id", "owner",
        "reschedule_of", "as_of", "after", "include", "external")  # fmt: skip
PERIOD = ("from", "to", "tz")
LIST = ("from", "to", "tz", "resource_id", "customer_id", "status", "location_id", "service_id", "sort", "limit",
        "cursor", "total", "after", "as_of")  # fmt: skip

SEEN_BY = (READ, SUPPLY)
"""Who sees slots and supply."""

PASSED: tuple[Passed, ...] = (
    Passed("GET", "/v1/availability", AVAILABILITY, SEEN_BY, "Starts that can be booked", "availability",
           (*SLOT, *PERIOD, "step_minutes", "limit", "cursor"), "Slots"),
    Passed("GET", "/v1/availability/explain", AVAILABILITY, SEEN_BY, "What stands against a start", "availability",
           (*SLOT, "start", "tz"), "Explanation"),
    Passed("GET", "/v1/appointments", AVAILABILITY, (READ,), "List appointments", "appointments", LIST, "List"),
    Passed("GET", "/v1/appointments/{appointment_id}", AVAILABILITY, (READ,), "Read an appointment", "appointments",
           ("after", "as_of"), "Appointment"),
    Passed("GET", "/v1/appointments/{appointment_id}/history", AVAILABILITY, (READ,), "Every version of it",
           "appointments", ("after",)),
    Passed("GET", "/v1/holds/{hold_id}", AVAILABILITY, (READ, "appointments:write"), "Read a hold", "holds",
           ("owner", "after"), "Appointment"),
    Passed("GET", "/v1/resources/{resource_id}/busy", AVAILABILITY, SEEN_BY, "Busy times of a resource", "supply",
           (*PERIOD, "after", "as_of", "external"), "Busy"),
    Passed("GET", "/v1/locations/{id}", AVAILABILITY, SEEN_BY, "Read a location", "supply", ("after",)),
    Passed("GET", "/v1/services/{id}", AVAILABILITY, SEEN_BY, "Read a service", "supply", ("after",)),
    Passed("GET", "/v1/resources/{id}", AVAILABILITY, SEEN_BY, "Read a resource", "supply", ("after",)),
    Passed("GET", "/v1/customers/{id}", AVAILABILITY, (CUSTOMERS, "customers:write"), "Read a customer", "customers",
           ("after",)),
    Passed("GET", "/v1/events", AVAILABILITY, (EVENTS,), "The tenant's events, in order", "events",
           ("from", "types", "limit", "after"), "Feed"),
    Passed("GET", "/ops/partitions", BOOKING, (OPERATOR,), "Partitions, owners and lag", "operators"),
    Passed("GET", "/ops/dead", BOOKING, (OPERATOR,), "Dead letters", "operators", ("limit", "partition", "offset")),
    Passed("POST", "/ops/dead/redrive", BOOKING, (OPERATOR,), "Send a dead letter again", "operators"),
    Passed("GET", "/ops/generations", AVAILABILITY, (OPERATOR,), "Read models and generations", "operators"),
    Passed("POST", "/ops/rebuild", AVAILABILITY, (OPERATOR,), "Rebuild a read model", "operators"),
)  # fmt: skip


def passed(route: Passed) -> Endpoint:
    """The route's handler. What may stand in the query is the owner's to say."""

    async def answer(request: Request) -> Response:
        edge = edge_of(request)
        caller = await edge.admit(request, *route.scopes)
        if route.tag != "operators":
            caller.acts_for()
        headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        body = await body_of(request, BODY_LIMIT)
        reply = await edge.services.ask(route.service, route.method, _target(request, route), caller, headers, body)
        kept = {name: reply.headers[name] for name in PASSED_BACK if name in reply.headers}
        return Response(reply.body, reply.status, kept)

    return answer


def _target(request: Request, route: Passed) -> str:
    path = route.path
    for name, value in request.path_params.items():
        path = path.replace(f"{{{name}}}", segment(value))
    return f"{path}?{request.url.query}" if request.url.query else path


async def get_command(request: Request) -> Response:
    """The outcome of a command, from booking's inbox; any key sees its own, `appointments:read` the whole tenant's."""
    edge = edge_of(request)
    caller = await edge.admit(request)
    check_query(request, {"source"})
    source = request.query_params.get("source", caller.source)
    if source != caller.source:
        caller.needs(READ)
    tenant, command_id = caller.acts_for(), request.path_params["command_id"]
    reply = await outcome_of(edge.services, caller, tenant, source, command_id)
    if reply.status == 404:
        raise not_found("command, or it is not decided yet")
    if reply.status != 200:
        raise unavailable("The outcome cannot be read now.")
    clear = await edge.unseal(tenant, orjson.loads(reply.body))
    return success(clear, 200)
