"""The HTTP edge of availability: `/v1` questions of a tenant whom the gateway has let in (api.md §3, §5).

Routes read their parameters, ask one question and answer; personal members become clear here and nowhere before.
"""

import re
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.routing import APIRoute

from availability.answers import POSITION, answer, clear, true_at
from availability.asof import moment
from availability.asof import position as position_in
from availability.cursor import Cursor
from availability.moment import Moment
from availability.params import (
    ID,
    After,
    AskedSlot,
    AvailabilityParams,
    BusyParams,
    EventParams,
    ExplainParams,
    HoldParams,
    ItemId,
    ListParams,
    When,
)
from availability.questions import appointments, customers, events, freebusy, slots, supply
from availability.questions.appointments import Wanted
from availability.questions.book import book_at
from availability.ranges import span
from availability.sources import Sources
from contracts.appointment import Kept
from kit.identity import HEADER, Identity, verify
from kit.problems import SCHEMA, Problem, problem_response

PROBLEM = {"description": "A problem", "content": {"application/problem+json": {"schema": SCHEMA}}}


class AtPosition(APIRoute):
    """A question that is refused at a moment (no such appointment, say) names its position too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except Problem as refusal:
                if at := asked_at.get(None):
                    refusal.headers.setdefault(POSITION, at)
                raise

        return handled


routes = APIRouter(route_class=AtPosition, prefix="/v1", responses={"default": PROBLEM}, tags=["availability"])


def sources_of(request: Request) -> Sources:
    return cast(Sources, request.app.state.sources)


def caller(request: Request) -> Identity:
    """Who asks, as the gateway signed it."""
    identity = verify(request.app.state.internal_key, request.headers.get(HEADER))
    if identity is None:
        raise Problem("unauthorized", "The signed identity is missing or not valid.", status=401)
    return identity


def tenant_of(request: Request, identity: Annotated[Identity, Depends(caller)]) -> str:
    """Whose diary it is about. A refusal names the position that was reached when it was asked."""
    if identity.tenant is None:
        raise Problem("invalid_query", "An operator names the tenant.", field="Slotkeeper-Tenant")
    sources = sources_of(request)
    if mark := sources.freshness.mark(part := sources.part(identity.tenant)):
        request.state.position = f"{part}.{mark.pos}"
    return identity.tenant


async def refused(request: Request, problem: Exception) -> Response:
    """A problem, with the position like every answer."""
    assert isinstance(problem, Problem)
    if (position := getattr(request.state, "position", None)) is not None:
        problem.headers.setdefault(POSITION, position)
    return problem_response(request, problem)


From = Annotated[Sources, Depends(sources_of)]
Tenant = Annotated[str, Depends(tenant_of)]


asked_at: ContextVar[str] = ContextVar("asked_at")
"""The position of the moment that this request asks about, once it is known."""


async def when_of(sources: Sources, tenant: str, when: When, after: str | None, cursor: Cursor | None = None) -> Moment:
    as_of = cursor.as_of if cursor else when.as_of
    at = await moment(sources, tenant, after=when.after or after, as_of=as_of)
    asked_at.set(at.position)
    return at


def known(item_id: str, code: str = "not_found") -> str:
    """An id that could be one; what could not names nothing."""
    if not re.fullmatch(ID, item_id):
        raise Problem(code, "There is no such thing.")
    return item_id


# --- availability -------------------------------------------------------------------------------------------------


def _asked(params: AskedSlot) -> slots.Asked:
    return slots.Asked(
        service_id=params.service_id,
        option_id=params.option_id,
        duration_minutes=params.duration_minutes,
        location_id=params.location_id,
        resource_ids=tuple(params.resource_id),
        addons=tuple(params.addon_id),
        step_minutes=params.step_minutes,
        hold_id=params.hold_id,
        owner=params.owner,
        reschedule_of=params.reschedule_of,
        seats=params.seats,
        session_id=params.session_id,
    )


def page(params: Any) -> tuple[Cursor | None, dict[str, Any]]:
    """The cursor of a list, and the parameters that it belongs to."""
    asked = params.model_dump(mode="json", exclude={"cursor", "after", "as_of", "limit", "offset", "total"})
    return (Cursor.read(params.cursor, asked) if params.cursor else None), asked


def _begin(cursor: Cursor | None) -> slots.Place | None:
    """Where a later page begins."""
    return slots.Place(*cursor.numbers(2)) if cursor else None


@routes.get("/availability", summary="The starts that can be booked")
async def availability(
    sources: From, tenant: Tenant, params: Annotated[AvailabilityParams, Query()], after: After = None
) -> Response:
    cursor, hashed = page(params)
    at = await when_of(sources, tenant, params, after, cursor)
    at, members, following = await slots.starts(
        sources, at, _asked(params), first=params.from_, last=params.to, tz=params.tz, limit=params.limit,
        begin=_begin(cursor),
    )  # fmt: skip
    found = members.pop("slots")
    more = Cursor.at(at, [*map(str, following)]).text(hashed) if following is not None else None
    body = members | {"next": more, "slots": found}
    if "busy" in params.include:
        body["busy"] = await slots.busy(sources, at, _asked(params), first=params.from_, last=params.to, tz=params.tz)
    if "resources" in params.include:
        body["resources"] = await slots.resources(sources, at, _asked(params))
    return answer(at, body)


@routes.get("/availability/explain", summary="Why a start can or cannot be booked")
async def explain(
    sources: From, tenant: Tenant, params: Annotated[ExplainParams, Query()], after: After = None
) -> Response:
    at = await when_of(sources, tenant, params, after)
    at, body = await slots.explain(sources, at, _asked(params), start=params.start, tz=params.tz)
    return answer(at, body)


# --- appointments -------------------------------------------------------------------------------------------------


@routes.get("/appointments", summary="Appointments, filtered, in order, page by page at one moment")
async def appointment_list(
    sources: From, tenant: Tenant, params: Annotated[ListParams, Query()], after: After = None
) -> Response:
    cursor, hashed = page(params)
    at = await when_of(sources, tenant, params, after, cursor)
    wanted = await _wanted(sources, at, params)
    items, more = await appointments.listed(
        sources, at, wanted, sort=params.sort, limit=params.limit, cursor=cursor, offset=params.offset
    )
    body = {"items": await clear(sources, at, items), "next": more.text(hashed) if more else None}
    body |= await true_at(sources, at)
    if params.total:
        body["total"] = await appointments.counted(sources, at, wanted)
    return answer(at, body)


async def _wanted(sources: Sources, at: Moment, params: ListParams) -> Wanted:
    first, last = None, None
    if params.from_ is not None or params.to is not None:
        first, last = span(params.from_, params.to, params.tz or await zone_of(sources, at, params.location_id))
    customer_ids = await customers.every_id(sources, at, params.customer_id)
    lists = (params.resource_id, customer_ids, params.status, params.location_id, params.service_id)
    return Wanted(first, last, *(list(one) or None for one in lists))


async def zone_of(sources: Sources, at: Moment, location_ids: list[str]) -> str:
    """Local dates are those of the location asked for, else of the default one."""
    place = (await book_at(sources, at)).location(location_ids[0] if len(location_ids) == 1 else None)
    return place.defined.tz if place else "UTC"


async def _appointment(sources: Sources, at: Moment, kept: Kept) -> Response:
    body = await clear(sources, at, kept.appointment)
    return answer(at, body, {"ETag": f'"{kept.appointment.version}"'})


@routes.get("/appointments/{item_id}", summary="One appointment")
async def appointment(
    sources: From, tenant: Tenant, item_id: ItemId, params: Annotated[When, Query()], after: After = None
) -> Response:
    at = await when_of(sources, tenant, params, after)
    return await _appointment(sources, at, await appointments.one(sources, at, known(item_id)))


@routes.get("/appointments/{item_id}/history", summary="Every version of an appointment")
async def appointment_history(
    sources: From, tenant: Tenant, item_id: ItemId, params: Annotated[When, Query()], after: After = None
) -> Response:
    at = await when_of(sources, tenant, params, after)
    versions = await appointments.history(sources, at, known(item_id))
    return answer(at, {"versions": await clear(sources, at, versions), **await true_at(sources, at)})


@routes.get("/holds/{item_id}", summary="One hold")
async def hold(
    sources: From, tenant: Tenant, item_id: ItemId, params: Annotated[HoldParams, Query()], after: After = None
) -> Response:
    at = await when_of(sources, tenant, params, after)
    return await _appointment(sources, at, await appointments.held(sources, at, known(item_id), params.owner))


# --- supply and people --------------------------------------------------------------------------------------------


@routes.get("/resources/{item_id}/busy", summary="When a resource is taken")
async def busy(
    sources: From, tenant: Tenant, item_id: ItemId, params: Annotated[BusyParams, Query()], after: After = None
) -> Response:
    at = await when_of(sources, tenant, params, after)
    at, items = await freebusy.busy(sources, at, known(item_id), first=params.from_, last=params.to, tz=params.tz)
    return answer(at, {"items": items, **await true_at(sources, at)})


def _supply_routes(kind: str) -> None:
    @routes.get(f"/{kind}", name=f"{kind}_list", summary=f"All {kind}")
    async def every(sources: From, tenant: Tenant, params: Annotated[When, Query()], after: After = None) -> Response:
        at = await when_of(sources, tenant, params, after)
        items = await clear(sources, at, await supply.every(sources, at, kind))
        return answer(at, {"items": items, "next": None, **await true_at(sources, at)})

    @routes.get(f"/{kind}/{{item_id}}", name=f"{kind}_item", summary=f"One of the {kind}")
    async def one(
        sources: From, tenant: Tenant, item_id: ItemId, params: Annotated[When, Query()], after: After = None
    ) -> Response:
        at = await when_of(sources, tenant, params, after)
        code = "service_not_found" if kind == "services" else "not_found"
        body = await clear(sources, at, await supply.one(sources, at, kind, known(item_id, code)))
        return answer(at, body | {"position": at.position})


for _kind in supply.KINDS:
    _supply_routes(_kind)


@routes.get("/customers/{item_id}", summary="One customer")
async def customer(
    sources: From, tenant: Tenant, item_id: ItemId, params: Annotated[When, Query()], after: After = None
) -> Response:
    at = await when_of(sources, tenant, params, after)
    found = await customers.one(sources, at, known(item_id, "customer_not_found"))
    return answer(at, await clear(sources, at, found))


# --- events -------------------------------------------------------------------------------------------------------


@routes.get("/events", summary="The tenant's events in order, as webhook bodies")
async def event_page(
    sources: From, tenant: Tenant, params: Annotated[EventParams, Query()], after: After = None
) -> Response:
    at = await moment(sources, tenant, after=params.after or after)
    begin = position_in(params.from_, at.part, "from") if params.from_ is not None else 0
    types = [name for one in params.types for name in one.split(",") if name]
    told, reached = await events.page(sources, at, begin, types, params.limit)
    sealed = [{"data": one.event.data, "previous": one.event.previous} for one in told]
    items = [events.written(*pair) for pair in zip(told, await clear(sources, at, sealed), strict=True)]
    body = {"items": items, "next": f"{at.part}.{max(reached, begin)}", "more": reached < at.pos}
    return answer(at, body | {"position": at.position, "now": at.now})
