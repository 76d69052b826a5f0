"""Answers: bodies in the order their members were put, personal members clear, and the position in a header."""

from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import Response

from availability.asof import tzdata_then
from availability.moment import Moment
from availability.sources import Sources
from eventlog.vault import open_all
from scheduling.zones import TZDATA

POSITION = "Slotkeeper-Position"

_encode = msgspec.json.Encoder().encode


def answer(at: Moment, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """The body as JSON, with the position it is true at."""
    return Response(_encode(body), headers={POSITION: at.position, **(headers or {})}, media_type="application/json")


async def true_at(sources: Sources, at: Moment) -> dict[str, Any]:
    """The members that name the moment. Where the rules of time zones were others then, both versions stand there."""
    members: dict[str, Any] = {"position": at.position, "now": at.now, "tzdata": TZDATA}
    if not at.live and (then := await tzdata_then(sources, at)) not in (None, TZDATA):
        members["tzdata_then"] = then
    return members


async def clear(sources: Sources, at: Moment, value: Any) -> Any:
    """Builtins with every sealed member as its clear value; null where the person was erased."""
    return await open_all(sources.log, sources.vault, at.part, at.tenant, msgspec.to_builtins(value))
