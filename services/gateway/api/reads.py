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

PASSED_ON = (
    "Accept", "Content-Type", "If-None-Match", "Slotkeeper-After", "traceparent", "Last-Event-ID", "Idempotency-Key",
)  # fmt: skip
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
    """Parameters it knows, and with a `!` those it needs."""
    answer: str = "object"
    takes: str = ""
    """The shape of its body."""
    done: str = "200"
    """The status of its success; where that is 204 nothing comes back."""


MOMENT = ("after", "as_of")
SLOT = ("service_id!", "option_id", "duration_minutes", "location_id", "resource_id", "addon_id", "seats",
        "step_minutes", "hold_id", "owner", "reschedule_of", "session_id", "tz", *MOMENT)  # fmt: skip
LIST = ("from", "to", "tz", "resource_id", "customer_id", "status", "location_id", "service_id", "sort", "limit",
        "cursor", "offset", "total", *MOMENT)  # fmt: skip

SEEN_BY = (READ, SUPPLY)
"""Who sees slots and supply."""
CUSTOMERS_SEEN_BY = (CUSTOMERS, "customers:write")
HOLDS_SEEN_BY = (READ, "appointments:write")


def _supply(path: str, says: str) -> Passed:
    return Passed("GET", path, AVAILABILITY, SEEN_BY, says, "supply", MOMENT)


def _operators(method: str, path: str, service: str, says: str, *query: str) -> Passed:
    return Passed(method, path, service, (OPERATOR,), says, "operators", query)


PASSED: tuple[Passed, ...] = (
    Passed("GET", "/v1/availability", AVAILABILITY, SEEN_BY, "Starts that can be booked", "availability",
           (*SLOT, "from!", "to!", "limit", "cursor", "include"), "Slots"),
    Passed("GET", "/v1/availability/explain", AVAILABILITY, SEEN_BY, "What stands against a start", "availability",
           (*SLOT, "start!"), "Explanation"),
    Passed("GET", "/v1/appointments", AVAILABILITY, (READ,), "List appointments", "appointments", LIST, "List"),
    Passed("GET", "/v1/appointments/{appointment_id}", AVAILABILITY, (READ,), "Read an appointment", "appointments",
           MOMENT, "Appointment"),
    Passed("GET", "/v1/appointments/{appointment_id}/history", AVAILABILITY, (READ,), "Every version of it",
           "appointments", MOMENT),
    Passed("GET", "/v1/holds/{hold_id}", AVAILABILITY, HOLDS_SEEN_BY, "Read a hold", "holds",
           ("owner", *MOMENT), "Appointment"),
    Passed("GET", "/v1/resources/{resource_id}/busy", AVAILABILITY, SEEN_BY, "Busy times of a resource", "supply",
           ("from!", "to!", "tz", *MOMENT), "Busy"),
    Passed("GET", "/v1/sessions", AVAILABILITY, SEEN_BY, "List sessions of classes", "sessions",
           ("service_id", "from", "to", "tz", "status", "limit", "cursor", *MOMENT)),
    Passed("GET", "/v1/sessions/{session_id}", AVAILABILITY, SEEN_BY, "Read a session", "sessions", MOMENT),
    Passed("GET", "/v1/waitlist", AVAILABILITY, (READ,), "List who waits", "waitlist",
           ("service_id", "status", "customer_id", "limit", "cursor", *MOMENT)),
    Passed("GET", "/v1/waitlist/{waitlist_id}", AVAILABILITY, (READ,), "Read a waitlist entry", "waitlist", MOMENT),
    _supply("/v1/locations", "List locations"),
    _supply("/v1/locations/{id}", "Read a location"),
    _supply("/v1/services", "List services"),
    _supply("/v1/services/{id}", "Read a service"),
    _supply("/v1/resources", "List resources"),
    _supply("/v1/resources/{id}", "Read a resource"),
    Passed("GET", "/v1/customers/{id}", AVAILABILITY, CUSTOMERS_SEEN_BY, "Read a customer", "customers", MOMENT),
    Passed("GET", "/v1/events", AVAILABILITY, (EVENTS,), "The tenant's events, in order", "events",
           ("from", "types", "limit", "after"), "Feed"),
    _operators("GET", "/ops/partitions", BOOKING, "Partitions, owners and lag"),
    _operators("GET", "/ops/dead", BOOKING, "Dead letters, newest first", "limit", "tenant"),
    _operators("POST", "/ops/dead/redrive", BOOKING, "Send a dead letter again under a new id"),
    _operators("GET", "/ops/generations", AVAILABILITY, "Generations of the read model"),
    _operators("GET", "/ops/rebuild", AVAILABILITY, "The rebuild that runs, or the last one"),
    _operators("POST", "/ops/rebuild", AVAILABILITY, "Make the read model anew and switch to it"),
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
