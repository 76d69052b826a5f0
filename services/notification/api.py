"""The HTTP edge of notification: what a tenant whom the gateway has let in asks of its messages (delivery.md §3a)."""

from typing import Annotated, Any, cast

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.fields import CLEAN
from contracts.notifications import NewSuppression, NotificationReplay, OneNotification
from kit.identity import HEADER, Identity, verify
from kit.problems import SCHEMA, Problem
from notification import desk, replay
from notification.sources import Sources
from projections.freshness import NotCaughtUp

POSITION, AFTER = "Slotkeeper-Position", "Slotkeeper-After"
PROBLEM = {"description": "A problem", "content": {"application/problem+json": {"schema": SCHEMA}}}

Short = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=CLEAN)]


class Strict(BaseModel):
    """Parameters; those that are not known are refused."""

    model_config = ConfigDict(extra="forbid")


class Page(Strict):
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    cursor: Short | None = None


class AttemptParams(Page):
    appointment_id: Short | None = None
    channel: Short | None = None


class SuppressionParams(Page):
    address: Annotated[Short | None, Field(description="Just this address.")] = None


class Moment(Strict):
    after: Short | None = None


routes = APIRouter(prefix="/v1", responses={"default": PROBLEM}, tags=["notifications"])
operators = APIRouter(prefix="/ops", responses={"default": PROBLEM}, tags=["ops"])


def sources_of(request: Request) -> Sources:
    return cast(Sources, request.app.state.sources)


def caller(request: Request) -> Identity:
    """Who asks, as the gateway signed it."""
    identity = verify(request.app.state.internal_key, request.headers.get(HEADER))
    if identity is None:
        raise Problem("unauthorized", "The signed identity is missing or not valid.", status=401)
    return identity


def tenant_of(identity: Annotated[Identity, Depends(caller)]) -> str:
    if identity.tenant is None:
        raise Problem("invalid_query", "An operator names the tenant.", field="Slotkeeper-Tenant")
    return identity.tenant


def operator(identity: Annotated[Identity, Depends(caller)]) -> Identity:
    if not identity.may("ops"):
        raise Problem("forbidden", "This needs the scope ops.", status=403)
    return identity


From = Annotated[Sources, Depends(sources_of)]
Tenant = Annotated[str, Depends(tenant_of)]


@routes.get("/appointments/{item_id}/notifications", summary="Who is told what of it, and what became of that")
async def of_appointment(
    request: Request, sources: From, tenant: Tenant, item_id: Short, params: Annotated[Moment, Query()]
) -> Response:
    part = sources.part(tenant)
    reached = await _reach(sources, part, params.after or request.headers.get(AFTER))
    items = await desk.of_appointment(sources, tenant, item_id)
    return _answer({"items": items, "position": reached}, headers={POSITION: reached})


@routes.get("/notifications/attempts", summary="What was sent, and what came of it; newest first")
async def attempts(sources: From, tenant: Tenant, params: Annotated[AttemptParams, Query()]) -> Response:
    items, more = await desk.attempts(
        sources, tenant, params.appointment_id, params.channel, params.cursor, params.limit
    )
    return _answer({"items": items, "next": more})


@routes.post("/notifications/attempts/resend", status_code=202, summary="Send a notification once more")
async def resend(sources: From, tenant: Tenant, body: OneNotification) -> Response:
    await desk.send_again(sources, tenant, body.notification_id)
    return _answer({"notification_id": body.notification_id}, 202)


@routes.get("/notifications/suppressions", summary="Addresses that take no reminders")
async def suppressions(sources: From, tenant: Tenant, params: Annotated[SuppressionParams, Query()]) -> Response:
    items, more = await desk.suppressions(sources, tenant, params.address, params.cursor, params.limit)
    return _answer({"items": items, "next": more})


@routes.post("/notifications/suppressions", status_code=201, summary="An address takes no reminders from now on")
async def suppress(sources: From, tenant: Tenant, body: NewSuppression) -> Response:
    entry, new = await desk.suppress(sources, tenant, body.address, body.reason)
    return _answer(entry, 201 if new else 200)


@routes.delete("/notifications/suppressions/{item_id}", status_code=204, summary="It takes them again")
async def welcome(sources: From, tenant: Tenant, item_id: Short) -> Response:
    await desk.welcome(sources, tenant, item_id)
    return Response(status_code=204)


@operators.post(
    "/notifications/replay", status_code=202, summary="Tell those who were not told when it happened",
    dependencies=[Depends(operator)],
)  # fmt: skip
async def replayed(request: Request, sources: From, body: NotificationReplay) -> Response:
    planned = await replay.replay(sources, body, request.app.state.hold_notice)
    return _answer({"planned": planned}, 202)


async def _reach(sources: Sources, part: int, after: str | None) -> str:
    """Waits until what is planned has reached the position asked for; where it is."""
    try:
        if after is not None:
            await sources.freshness.wait(part, replay.position(after, part, "after"))
    except NotCaughtUp:
        detail = f"Notifications are not planned up to {after} yet."
        raise Problem("not_caught_up", detail, headers={"Retry-After": "1"}) from None
    mark = sources.freshness.mark(part)
    return f"{part}.{mark.pos if mark else 0}"


def _answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(body), status, headers, media_type="application/json")
