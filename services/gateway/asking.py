"""Asking: post an order, wait for its outcome, and if none came ask booking's inbox once (D14).

The order is decided once however long anybody waits; a caller who goes away leaves nothing behind.
"""

import asyncio
from typing import Any

import orjson

from gateway.bus import Bus, Posted
from gateway.refusals import unavailable
from gateway.services import Services, outcome_of
from kit.problems import Problem

SEND_SECONDS = 12.0
OK = 200


async def ask(bus: Bus, services: Services, posted: Posted, wait: float) -> dict[str, Any] | None:
    """The outcome as it stood on the topic, or None: not decided yet. Raises `unavailable` if it was never sent."""
    try:
        await _sent(posted)
        return await _outcome(posted, wait) or await _from_inbox(services, posted)
    finally:
        bus.done(posted)


async def _sent(posted: Posted) -> None:
    """An outcome that is here already says more than an acknowledgement that is not."""
    either: set[asyncio.Future[Any]] = {posted.sent, posted.outcome}
    await asyncio.wait(either, timeout=SEND_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    if posted.outcome.done():
        return
    if not posted.sent.done():
        raise unavailable("Kafka has not acknowledged the command; send it again with the same id.")
    if posted.sent.exception() is not None:
        raise unavailable("Kafka did not take the command; send it again with the same id.")


async def _outcome(posted: Posted, wait: float) -> dict[str, Any] | None:
    await asyncio.wait({posted.outcome}, timeout=wait)
    if not posted.outcome.done():
        return None
    outcome: dict[str, Any] = orjson.loads(posted.outcome.result())
    return outcome


async def _from_inbox(services: Services, posted: Posted) -> dict[str, Any] | None:
    order = posted.order
    if order.dry_run:
        return None
    try:
        reply = await outcome_of(services, order.caller, order.tenant, order.source, order.id)
    except Problem:
        return None
    if reply.status != OK:
        return None
    outcome: dict[str, Any] = orjson.loads(reply.body)
    return outcome
