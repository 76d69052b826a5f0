"""Requests sent again: what carries an `Idempotency-Key` is done once, and answered the same for 30 days.

A refusal is an answer too. What ended with a bug, or with a part that is away, was not done and may be done again.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any, NamedTuple

from fastapi import Request, Response
from fastapi.routing import APIRoute

from eventlog.statements import statements
from kit.identity import HEADER, verify
from kit.problems import Problem, problem_response
from webhook.sources import Sources

SQL = statements("webhook", "repeats.sql")

KEY = "Idempotency-Key"
GIVEN_UP = timedelta(seconds=60)
"""A request that is not answered by then ended with its process."""
PATIENCE_SECONDS = 10.0
ASK_SECONDS = 0.05
A_PART_IS_AWAY = 500

Answering = Callable[[Request], Coroutine[Any, Any, Response]]


class Once(APIRoute):
    """A route whose POST is done once for a key."""

    def get_route_handler(self) -> Answering:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            if request.method != "POST" or (key := request.headers.get(KEY)) is None:
                return await handle(request)
            return await once(request, key, lambda: _answered(request, handle))

        return answer


class Place(NamedTuple):
    """Whose request it is, and the id that it gave it."""

    tenant: str
    source: str
    key: str


async def once(request: Request, key: str, do: Callable[[], Awaitable[Response]]) -> Response:
    """The answer that was given to this request before, else that of doing it."""
    identity = verify(request.app.state.settings.internal_key.get_secret_value(), request.headers.get(HEADER))
    if identity is None or identity.tenant is None:
        return await do()
    place, asked = Place(identity.tenant, identity.key_id, key), await _asked(request)
    sources: Sources = request.app.state.sources
    until = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while not await _begins(sources, place, asked):
        if (known := await _known(sources, place, asked)) is not None:
            return known
        if asyncio.get_running_loop().time() > until:
            raise Problem("unavailable", "This request is still being done.", headers={"Retry-After": "1"})
        await asyncio.sleep(ASK_SECONDS)
    try:
        done = await do()
    except BaseException:
        await sources.pool.execute(SQL["give_up"], *place)
        raise
    return await _ended(sources, place, done)


async def _begins(sources: Sources, place: Place, asked: bytes) -> bool:
    at = sources.clock()
    return await sources.pool.fetchval(SQL["begin"], *place, asked, at, at - GIVEN_UP) is not None


async def _known(sources: Sources, place: Place, asked: bytes) -> Response | None:
    """The answer; None while it is not there. Another request under the same key is refused."""
    row = await sources.pool.fetchrow(SQL["found"], *place)
    if row is None:
        return None
    if row["asked"] != asked:
        raise Problem("idempotency_key_reused", "Another request came under this key.", field=KEY)
    if row["status"] is None:
        return None
    content = sources.ring.open_text(_bound(place), row["answer"])
    kind = "application/json" if row["status"] < 400 else "application/problem+json"
    return Response(content, row["status"], media_type=kind)


async def _ended(sources: Sources, place: Place, done: Response) -> Response:
    if done.status_code >= A_PART_IS_AWAY:
        await sources.pool.execute(SQL["give_up"], *place)
    else:
        sealed = sources.ring.seal_text(_bound(place), bytes(done.body))
        await sources.pool.execute(SQL["end"], *place, done.status_code, sealed)
    return done


async def _answered(request: Request, handle: Answering) -> Response:
    """The answer, a refusal included."""
    try:
        return await handle(request)
    except Problem as refusal:
        return problem_response(request, refusal)


async def _asked(request: Request) -> bytes:
    parts = (request.method.encode(), request.url.path.encode(), await request.body())
    return hashlib.sha256(b"\0".join(parts)).digest()


def _bound(place: Place) -> str:
    return "\0".join(place)
