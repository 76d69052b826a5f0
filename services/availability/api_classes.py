"""The HTTP edge of availability: questions about sessions of classes and about who waits (api.md §3)."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from availability.answers import answer, clear, true_at
from availability.api import PROBLEM, AtPosition, From, Tenant, known, page, when_of, zone_of
from availability.cursor import Cursor
from availability.moment import Moment
from availability.params import After, ItemId, SessionParams, WaitlistParams, When
from availability.questions import customers, sessions, waitlist
from availability.questions.entries import Wanted
from availability.ranges import span
from availability.sources import Sources
from contracts.session import Session
from contracts.waitlist import WaitlistEntry

routes = APIRouter(route_class=AtPosition, prefix="/v1", responses={"default": PROBLEM}, tags=["availability"])


@routes.get("/sessions", summary="Sessions of classes, by their starts")
async def session_list(
    sources: From, tenant: Tenant, params: Annotated[SessionParams, Query()], after: After = None
) -> Response:
    cursor, hashed = page(params)
    at = await when_of(sources, tenant, params, after, cursor)
    first, last = None, None
    if params.from_ is not None or params.to is not None:
        first, last = span(params.from_, params.to, params.tz or await zone_of(sources, at, []))
    wanted = Wanted(first, last, params.service_id or None, params.status or None)
    items, more = await sessions.listed(sources, at, wanted, limit=params.limit, cursor=cursor)
    return await _list(sources, at, items, more, hashed)


@routes.get("/sessions/{item_id}", summary="One session")
async def session(
    sources: From, tenant: Tenant, item_id: ItemId, params: Annotated[When, Query()], after: After = None
) -> Response:
    at = await when_of(sources, tenant, params, after)
    return await _one(sources, at, await sessions.one(sources, at, known(item_id)))


@routes.get("/waitlist", summary="Who waits, the longest first")
async def waitlist_list(
    sources: From, tenant: Tenant, params: Annotated[WaitlistParams, Query()], after: After = None
) -> Response:
    cursor, hashed = page(params)
    at = await when_of(sources, tenant, params, after, cursor)
    people = await customers.every_id(sources, at, params.customer_id)
    wanted = Wanted(None, None, params.service_id or None, params.status or None, people or None)
    items, more = await waitlist.listed(sources, at, wanted, limit=params.limit, cursor=cursor)
    return await _list(sources, at, items, more, hashed)


@routes.get("/waitlist/{item_id}", summary="One waitlist entry")
async def waitlist_entry(
    sources: From, tenant: Tenant, item_id: ItemId, params: Annotated[When, Query()], after: After = None
) -> Response:
    at = await when_of(sources, tenant, params, after)
    return await _one(sources, at, await waitlist.one(sources, at, known(item_id)))


async def _one(sources: Sources, at: Moment, seen: Session | WaitlistEntry) -> Response:
    return answer(at, await clear(sources, at, seen), {"ETag": f'"{seen.version}"'})


async def _list(sources: Sources, at: Moment, items: list[Any], more: Cursor | None, asked: dict[str, Any]) -> Response:
    body = {"items": await clear(sources, at, items), "next": more.text(asked) if more else None}
    return answer(at, body | await true_at(sources, at))
