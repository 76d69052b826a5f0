"""The desk: what people ask: the notifications of an appointment, attempts, sending again, suppressed addresses."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg
import msgspec

from contracts.notifications import Notification, NotificationAttempt, Suppression
from contracts.personal import Sealed
from eventlog.statements import statements
from eventlog.vault import open_all
from kit.problems import Problem
from notification.sources import Sources

SQL, PLANNED = statements("notification", "desk.sql"), statements("notification", "store.sql")

SUPPRESSION = "sup_"


class Place(NamedTuple):
    """Where a list of attempts goes on."""

    at: datetime
    notification_id: str
    number: int


async def of_appointment(sources: Sources, tenant: str, appointment_id: str) -> list[Notification]:
    """In the order of what happened; `not_found` where there is no such appointment."""
    rows = await sources.pool.fetch(PLANNED["of_appointment"], tenant, appointment_id)
    if not rows and not await sources.log.stream(sources.part(tenant), tenant, f"appointment/{appointment_id}"):
        raise Problem("not_found", "There is no such appointment.")
    return [_notification(row) for row in rows]


def _notification(row: asyncpg.Record) -> Notification:
    members = dict(row)
    version, offset = members.pop("version"), members.pop("offset_minutes")
    return Notification(**members, offset_minutes=offset or None, appointment_version=version)


# --- attempts -----------------------------------------------------------------------------------------------------


async def attempts(
    sources: Sources, tenant: str, appointment_id: str | None, channel: str | None, cursor: str | None, limit: int
) -> tuple[list[NotificationAttempt], str | None]:
    """A page, newest first, and where the next one begins."""
    place = _place(cursor) if cursor else (None, None, None)
    rows = await sources.pool.fetch(SQL["attempts"], tenant, appointment_id, channel, *place, limit + 1)
    page = [_attempt(row) for row in rows[:limit]]
    if len(rows) <= limit:
        return page, None
    last = page[-1]
    return page, _text(Place(last.at, last.notification_id, last.attempt))


def _attempt(row: asyncpg.Record) -> NotificationAttempt:
    members = dict(row)
    number = members.pop("number")
    return NotificationAttempt(attempt=number, **members)


def _text(place: Place) -> str:
    return urlsafe_b64encode(msgspec.json.encode(place)).rstrip(b"=").decode()


def _place(text: str) -> Place:
    try:
        return msgspec.json.decode(urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)), type=Place)
    except ValueError:
        raise Problem("invalid_query", "This is not a cursor that an answer gave.", field="cursor") from None


async def send_again(sources: Sources, tenant: str, notification_id: str) -> None:
    """Due at once. It still is not sent where it is stale: a reminder of what was cancelled, say."""
    if await sources.pool.fetchval(SQL["again"], tenant, notification_id, sources.clock()) is not None:
        return
    if await sources.pool.fetchval(SQL["row"], tenant, notification_id) is None:
        raise Problem("not_found", "There is no such notification.")
    raise Problem("invalid_transition", "It is being sent just now.")


# --- suppressed addresses -----------------------------------------------------------------------------------------


async def suppressions(
    sources: Sources, tenant: str, address: str | None, cursor: str | None, limit: int
) -> tuple[list[Suppression], str | None]:
    """The list, or what it says of one address."""
    after = (cursor or "").removeprefix(SUPPRESSION)
    only = await sources.address_key(tenant, address) if address is not None else None
    rows = await sources.pool.fetch(SQL["suppressions"], tenant, after, limit + 1, only)
    page = [await _suppression(sources, tenant, row) for row in rows[:limit]]
    return page, page[-1].id if len(rows) > limit else None


async def suppress(sources: Sources, tenant: str, address: str, reason: str) -> tuple[Suppression, bool]:
    """The entry, and whether it is new. Of the address only the fingerprint is kept."""
    key = await sources.address_key(tenant, address)
    if key is None:
        raise Problem("unknown_tenant", "There is no such tenant.")
    row = await sources.pool.fetchrow(SQL["suppress"], tenant, key, reason, sources.clock())
    assert row is not None
    return msgspec.structs.replace(await _suppression(sources, tenant, row), address=address), row["new"]


async def suppress_key(sources: Sources, tenant: str, key: str, reason: str) -> None:
    """The same for an address that only its key is known of."""
    await sources.pool.execute(SQL["suppress"], tenant, key, reason, sources.clock())


async def welcome(sources: Sources, tenant: str, suppression_id: str) -> None:
    """The address takes reminders again."""
    key = suppression_id.removeprefix(SUPPRESSION)
    if await sources.pool.fetchval(SQL["welcome"], tenant, key) is None:
        raise Problem("not_found", "There is no such entry.")


async def _suppression(sources: Sources, tenant: str, row: asyncpg.Record) -> Suppression:
    address = await _clear(sources, tenant, row["sealed"])
    id = SUPPRESSION + row["address_key"]
    return Suppression(id=id, address=address, reason=row["reason"], created_at=row["made_at"])


async def _clear(sources: Sources, tenant: str, sealed: str | None) -> str | None:
    if sealed is None:
        return None
    value: Any = msgspec.to_builtins(Sealed(sealed))
    opened = await open_all(sources.log, sources.vault, sources.part(tenant), tenant, value)
    return str(opened) if opened is not None else None
