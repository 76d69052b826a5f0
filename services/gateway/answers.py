"""From an outcome to an HTTP answer: its status, its body and the headers that say where and which version it is.

Success is the outcome itself. A refusal is a problem with the error's members, the command id and the position.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import orjson
from starlette.responses import Response

from contracts.errors import STATUS
from gateway.order import Order
from kit.problems import Problem

POSITION = "Slotkeeper-Position"
JSON = "application/json"

BY_OWN_ID = frozenset({"not_found", "service_not_found", "customer_not_found"})
"""Codes that are 404 for what the command is about, and 422 for what its body names beside that."""

MAKES = frozenset({
    "TenantDefined", "LocationDefined", "ServiceDefined", "ResourceDefined", "CustomerRegistered", "AppointmentHeld",
    "AppointmentRequested", "AppointmentBooked", "SessionScheduled", "WaitlistJoined",
})  # fmt: skip
"""Events that begin something, where they are the first of it."""

ADDS = frozenset({"TimeOffAdded", "PaymentRecorded", "RefundRequested", "CouponApplied", "CreditsUsed"})
"""Events that begin something inside what has a history already, where they are all that happened."""


def status_of(outcome: dict[str, Any], own: Sequence[str]) -> int:
    """The HTTP status of an outcome. `own`: the members that name what the command is about."""
    if (error := outcome.get("error")) is not None:
        return refusal_status(error, own)
    return 201 if _made_something(outcome) and not outcome.get("dry_run") else 200


def refusal_status(error: dict[str, Any], own: Sequence[str]) -> int:
    code, field = error["code"], error.get("field")
    if code in BY_OWN_ID and field is not None and field not in own:
        return 422
    return STATUS.get(code, 422)


def _made_something(outcome: dict[str, Any]) -> bool:
    several: list[dict[str, Any]] = outcome.get("appointments") or [{}]
    about = outcome.get("appointment") or outcome.get("subject") or several[0]
    events = {event["type"] for event in outcome.get("events", ())}
    adds = bool(events) and events <= ADDS
    return adds or (about.get("version") == 1 and not MAKES.isdisjoint(events))


def headers_of(outcome: dict[str, Any]) -> dict[str, str]:
    version = (outcome.get("appointment") or outcome.get("session") or {}).get("version")
    etag = {"ETag": f'"{version}"'} if version is not None else {}
    return {POSITION: outcome["position"], **etag}


def success(outcome: dict[str, Any], status: int) -> Response:
    return Response(orjson.dumps(outcome), status, headers_of(outcome), JSON)


AS_SENT = {"ce_id": "Idempotency-Key", "ce_decidebefore": "Slotkeeper-Decide-Before"}
"""What a caller over HTTP knows these fields as."""


def refusal(outcome: dict[str, Any], status: int) -> Problem:
    """The problem that a rejected outcome is."""
    error = dict(outcome["error"])
    code, detail, field = error.pop("code"), error.pop("detail", ""), error.pop("field", None)
    field = AS_SENT.get(field, field)
    members = error | {"command_id": outcome["command_id"], "position": outcome["position"]}
    headers = {POSITION: outcome["position"]}
    return Problem(code, detail, field=field, status=status, members=members, headers=headers)


def undecided(order: Order) -> dict[str, Any]:
    """What is known of a command that nobody has decided yet."""
    return {"command_id": order.id, "source": order.source, "type": order.type, "result": "pending"}


def not_yet(order: Order) -> Response:
    """202: the command is on its way and will be decided once; here is where to ask."""
    headers = {"Location": f"/v1/commands/{quote(order.id, safe='')}", "Retry-After": "1"}
    return Response(orjson.dumps(undecided(order)), 202, headers, JSON)
