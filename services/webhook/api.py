"""The HTTP edge of webhooks: `/v1/webhooks` of a tenant whom the gateway has let in (delivery.md §3a).

Routes read what is asked, call the one who owns it, and show what came of it. Secrets are shown where they are made
and nowhere else. Making or changing an endpoint opens no socket.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cache
from typing import Annotated, Any, cast

import asyncpg
import msgspec
from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from contracts import catalogue, webhooks
from contracts.fields import CLEAN
from contracts.webhooks import EndpointChange, NewEndpoint, NewReplay, OneDelivery, Rotation
from eventlog.log import NotPlaced
from kit.identity import HEADER, verify
from kit.logging import log as lines
from kit.problems import SCHEMA, Problem, problem_response
from webhook import attempts, endpoints, notices, replays
from webhook.asked import meaningless, number_below, read, usable_bound, usable_url
from webhook.keyring import TooManyKeys
from webhook.repeats import Once
from webhook.sending.secrets import BadSecret
from webhook.showing import attempt_shown, endpoint_shown, notice_shown, replay_shown
from webhook.sources import Sources

SCOPE = "webhooks:*"
PROBLEM = {"description": "A problem", "content": {"application/problem+json": {"schema": SCHEMA}}}

routes = APIRouter(prefix="/v1/webhooks", route_class=Once, responses={"default": PROBLEM}, tags=["webhooks"])


UNREACHABLE: tuple[type[Exception], ...] = (
    OSError, NotPlaced, asyncpg.InterfaceError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError,
)  # fmt: skip
"""What a database says, or does not, while it restarts."""


def add_to(app: FastAPI) -> None:
    """Serves the routes; `app.state` has the `sources` they work with, and the `settings`."""
    app.include_router(routes)
    for kind in UNREACHABLE:
        app.add_exception_handler(kind, _unreachable)


async def _unreachable(request: Request, error: Exception) -> Response:
    lines.error("request failed", path=request.url.path, exc_info=error)
    why = Problem("unavailable", "The webhooks cannot be reached now.", headers={"Retry-After": "1"})
    return problem_response(request, why)


def sources_of(request: Request) -> Sources:
    return cast(Sources, request.app.state.sources)


def tenant_of(request: Request) -> str:
    """Whose webhooks these are, as the gateway signed it."""
    key = request.app.state.settings.internal_key.get_secret_value()
    identity = verify(key, request.headers.get(HEADER))
    if identity is None:
        raise Problem("unauthorized", "The signed identity is missing or not valid.", status=401)
    if not identity.may(SCOPE):
        raise Problem("forbidden", f"This key has not the scope {SCOPE}.")
    if identity.tenant is None:
        raise Problem("invalid_query", "An operator names the tenant.", field="Slotkeeper-Tenant")
    return identity.tenant


From = Annotated[Sources, Depends(sources_of)]
Tenant = Annotated[str, Depends(tenant_of)]


class PageParams(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: int = Field(100, ge=1, le=1000)
    cursor: str | None = Field(None, max_length=100, description="`next` of the page before.")


class AttemptParams(PageParams):
    endpoint_id: str = Field(min_length=1, max_length=64, pattern=CLEAN)


def _json(body: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")


def _there(found: Any, what: str = "endpoint") -> Any:
    """What was found, else the refusal of an id that names nothing (or another tenant's)."""
    if found is None:
        raise Problem("not_found", f"There is no such {what}.")
    return found


# --- the catalogue ------------------------------------------------------------------------------------------------


@routes.get("/types", summary="Every public type and the JSON Schema of its body")
async def types(tenant: Tenant) -> Response:
    return Response(_catalogue(), media_type="application/json")


@cache
def _catalogue() -> bytes:
    return msgspec.json.encode({"items": catalogue.catalogue()})


# --- endpoints ----------------------------------------------------------------------------------------------------


@routes.post("/endpoints", summary="Make an endpoint")
async def create_endpoint(request: Request, sources: From, tenant: Tenant) -> Response:
    wanted = await read(request, NewEndpoint)
    said = {name: getattr(wanted, name) for name in EndpointChange.model_fields}
    subscription = endpoints.Subscription(**_members(said, request))
    start = usable_bound(wanted.from_, sources.part(tenant), "from")
    try:
        made = await endpoints.create(sources, tenant, subscription, start, secret=wanted.secret)
    except BadSecret as bad:
        raise meaningless("secret", str(bad)) from None
    return _json(endpoint_shown(made.endpoint, made.secret), 201)


@routes.get("/endpoints", summary="All endpoints")
async def list_endpoints(sources: From, tenant: Tenant) -> Response:
    return _json({"items": [endpoint_shown(one) for one in await endpoints.every(sources, tenant)]})


@routes.get("/endpoints/{endpoint_id}", summary="One endpoint")
async def read_endpoint(endpoint_id: str, sources: From, tenant: Tenant) -> Response:
    return _json(endpoint_shown(await _endpoint(sources, tenant, endpoint_id)))


@routes.patch("/endpoints/{endpoint_id}", summary="Change an endpoint")
async def change_endpoint(request: Request, endpoint_id: str, sources: From, tenant: Tenant) -> Response:
    changed = _members((await read(request, EndpointChange)).changed(), request)
    return _json(endpoint_shown(_there(await endpoints.change(sources, tenant, _usable(endpoint_id), changed))))


@routes.delete("/endpoints/{endpoint_id}", summary="Delete an endpoint", status_code=204)
async def delete_endpoint(endpoint_id: str, sources: From, tenant: Tenant) -> Response:
    _there(await endpoints.delete(sources, tenant, _usable(endpoint_id)) or None)
    return Response(status_code=204)


@routes.post("/endpoints/{endpoint_id}/pause", summary="Send nothing for now")
async def pause_endpoint(endpoint_id: str, sources: From, tenant: Tenant) -> Response:
    return _json(endpoint_shown(_there(await endpoints.pause(sources, tenant, _usable(endpoint_id)))))


@routes.post("/endpoints/{endpoint_id}/resume", summary="Send again, what was held first")
async def resume_endpoint(endpoint_id: str, sources: From, tenant: Tenant) -> Response:
    return _json(endpoint_shown(_there(await endpoints.resume(sources, tenant, _usable(endpoint_id)))))


@routes.post("/endpoints/{endpoint_id}/test", summary="Send a test there and tell what came of it")
async def test_endpoint(endpoint_id: str, sources: From, tenant: Tenant) -> Response:
    return _json(_there(await attempts.test(sources, tenant, _usable(endpoint_id))))


@routes.post("/endpoints/{endpoint_id}/rotate", summary="A new secret")
async def rotate_secret(request: Request, endpoint_id: str, sources: From, tenant: Tenant) -> Response:
    wanted = await read(request, Rotation)
    overlap = timedelta(seconds=wanted.overlap_seconds)
    try:
        secret = _there(await endpoints.rotate(sources, tenant, _usable(endpoint_id), overlap, wanted.secret))
    except BadSecret as bad:
        raise meaningless("secret", str(bad)) from None
    except TooManyKeys:
        said = f"At most {webhooks.LIVE_SECRETS} secrets sign at once; wait for the end of an earlier overlap."
        raise Problem("limit_reached", said, status=409, members={"scope": "endpoint"}) from None
    key = (await _endpoint(sources, tenant, endpoint_id)).public_key
    return _json({"secret": secret} | ({"public_key": key} if key else {}))


async def _endpoint(sources: Sources, tenant: str, endpoint_id: str) -> endpoints.Endpoint:
    return cast(endpoints.Endpoint, _there(await endpoints.one(sources, tenant, _usable(endpoint_id))))


def _usable(named: str, what: str = "endpoint") -> str:
    """An id that could be one: what PostgreSQL cannot hold names nothing."""
    return cast(str, _there(None if "\x00" in named else named, what))


def _members(asked: dict[str, Any], request: Request) -> dict[str, Any]:
    """What was asked, as the store names it."""
    members = {name: value for name, value in asked.items() if name != "filter"}
    if "filter" in asked:
        members |= asked["filter"].model_dump()
    if "url" in members:
        usable_url(members["url"], allow_loopback=request.app.state.settings.webhook_allow_loopback)
    return members


# --- attempts -----------------------------------------------------------------------------------------------------


@routes.get("/attempts", summary="Attempts at an endpoint, newest first")
async def list_attempts(sources: From, tenant: Tenant, params: Annotated[AttemptParams, Query()]) -> Response:
    await _endpoint(sources, tenant, params.endpoint_id)
    found = await attempts.page(sources, tenant, params.endpoint_id, **_wanted(params))
    return _page(found, params, lambda one: attempt_shown(params.endpoint_id, one))


@routes.post("/attempts/resend", summary="Send a delivery once more")
async def resend(request: Request, sources: From, tenant: Tenant) -> Response:
    wanted = await read(request, OneDelivery)
    sent = await attempts.resend(sources, tenant, wanted.endpoint_id, wanted.webhook_id)
    return _taken(wanted, sent, "There is no such delivery that could be sent now.")


@routes.post("/attempts/skip", summary="Give up a parked delivery")
async def skip(request: Request, sources: From, tenant: Tenant) -> Response:
    wanted = await read(request, OneDelivery)
    skipped = await attempts.skip(sources, tenant, wanted.endpoint_id, wanted.webhook_id)
    return _taken(wanted, skipped, "There is no such delivery that is parked.")


def _taken(wanted: OneDelivery, done: bool, unless: str) -> Response:
    if not done:
        raise Problem("not_found", unless, field="webhook_id")
    return _json(wanted.model_dump(), 202)


# --- notices ------------------------------------------------------------------------------------------------------


@routes.get("/notices", summary="What there is to know of endpoints, newest first")
async def list_notices(sources: From, tenant: Tenant, params: Annotated[PageParams, Query()]) -> Response:
    return _page(await notices.page(sources.pool, tenant, **_wanted(params)), params, notice_shown)


def _wanted(params: PageParams) -> dict[str, int]:
    """One more than is shown tells whether there are more."""
    before = number_below(params.cursor)
    return {"limit": params.limit + 1} | ({"before": before} if before is not None else {})


def _page(found: Sequence[Any], params: PageParams, shown: Callable[[Any], msgspec.Struct]) -> Response:
    here = found[: params.limit]
    following = str(here[-1].number) if len(found) > params.limit else None
    return _json({"items": [shown(one) for one in here], "next": following})


# --- replays ------------------------------------------------------------------------------------------------------


@routes.post("/replays", summary="Send a range of the log again")
async def create_replay(request: Request, sources: From, tenant: Tenant) -> Response:
    wanted = await read(request, NewReplay)
    part = sources.part(tenant)
    first, last = usable_bound(wanted.from_, part, "from"), usable_bound(wanted.to, part, "to")
    made = await replays.create(sources, tenant, wanted.endpoint_id, first, last, wanted.types)
    if made is None:
        raise Problem("not_found", "There is no such endpoint.", field="endpoint_id", status=422)
    return _json(replay_shown(made), 201)


@routes.get("/replays", summary="The latest replays")
async def list_replays(sources: From, tenant: Tenant) -> Response:
    return _json({"items": [replay_shown(one) for one in await replays.recent(sources, tenant)]})


@routes.get("/replays/{replay_id}", summary="How far a replay is")
async def read_replay(replay_id: str, sources: From, tenant: Tenant) -> Response:
    return _json(replay_shown(_there(await replays.one(sources, tenant, _usable(replay_id, "replay")), "replay")))


@routes.post("/replays/{replay_id}/cancel", summary="End a replay")
async def cancel_replay(replay_id: str, sources: From, tenant: Tenant) -> Response:
    return _json(replay_shown(_there(await replays.cancel(sources, tenant, _usable(replay_id, "replay")), "replay")))
