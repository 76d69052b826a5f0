"""What subscribers are sent: the public events of a record, and the body of each.

`bodies` and `encode` are pure: webhook deliveries and `GET /v1/events` make the same bodies with the same ids, now or
again years later. What is personal stays sealed in a `PublicEvent`; whoever sends it puts the clear values in first.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from contracts import appointment, session, waitlist
from contracts.appointment import Kept
from contracts.public_types import public_types
from contracts.record import Record
from contracts.session import KeptSession, Session
from contracts.waitlist import KeptEntry, WaitlistEntry

Seen = Kept | KeptSession | KeptEntry | Session | WaitlistEntry
"""What a stream's records are folded to."""

LIMIT = 256 * 1024
"""Bytes of a body; of one that would be larger only ids are sent."""

_ALWAYS_NEW = frozenset({"version", "updated_at", "position"})
_IDS = frozenset({"id", "type", "version", "location_id", "session_id", "series_id"})
_NAMED = frozenset({"service", "customer", "resources"})
"""Members that are things with an id of their own."""


class PublicEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One type of one event, as every reader of it gets it. `data` and `previous` are JSON members, sealed or clear.

    What subscriptions filter by stands beside them; resources are those before and after, so that whoever had it is
    told that it went. `position` is null for what is no event of the log.
    """

    type: str
    webhook_id: str
    tenant: str
    stream: str
    sequence: int
    event_id: str
    position: str | None
    timestamp: datetime
    data: dict[str, Any]
    previous: dict[str, Any] = {}
    location_id: str | None = None
    service_id: str | None = None
    resource_ids: tuple[str, ...] = ()


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery's body. `sequence` is the stream's version; `previous` holds what changed, as it was before.

    `previous_sequence` is the last one sent to this reader of this stream: null when there is none. `gap` names those
    between that were given up.
    """

    type: str
    timestamp: datetime
    data: dict[str, Any]
    sequence: int
    previous_sequence: int | None
    previous: dict[str, Any]
    gap: Sequence[int] = ()
    event_id: str
    position: str | None
    truncated: Literal[True] | msgspec.UnsetType = msgspec.UNSET


def folded(before: Seen | None, record: Record) -> Seen | None:
    """What a stream has come to with this record; None where nothing of it is published."""
    if record.stream.startswith("session/"):
        return session.fold(before if isinstance(before, KeptSession) else None, record)
    if record.stream.startswith("waitlist/"):
        return waitlist.fold(before if isinstance(before, KeptEntry) else None, record)
    return appointment.fold(before if isinstance(before, Kept) else None, record)


def bodies(record: Record, before: Seen | None, after: Seen | None) -> list[PublicEvent]:
    """The public events of a record, in order; `before` and `after` are its stream's state around it."""
    types = public_types(record.type)
    if not types or after is None:
        return []
    old, new = _members(before), _members(after)
    facts: dict[str, Any] = {
        "tenant": record.tenant,
        "stream": record.stream,
        "sequence": record.version,
        "event_id": record.event_id,
        "position": record.position,
        "timestamp": record.occurred_at,
        "data": new,
        "previous": _previous(old, new),
        "location_id": new.get("location_id"),
        "service_id": (new.get("service") or {}).get("id"),
        "resource_ids": tuple(sorted(_resources(old) | _resources(new))),
    }
    return [PublicEvent(type=name, webhook_id=webhook_id(record.event_id, name), **facts) for name in types]


def encode(event: PublicEvent, *, previous_sequence: int | None, gap: Sequence[int] = ()) -> bytes:
    """The bytes that are signed and sent, at most `LIMIT` of them."""
    whole = Body(
        type=event.type,
        timestamp=event.timestamp,
        data=event.data,
        sequence=event.sequence,
        previous_sequence=previous_sequence,
        previous=event.previous,
        gap=gap,
        event_id=event.event_id,
        position=event.position,
    )
    return _fitting(whole)


def _fitting(whole: Body) -> bytes:
    """The body; where it is too large with its data cut to ids, and if that is not enough what was before as well."""
    if len(content := msgspec.json.encode(whole)) <= LIMIT:
        return content
    cut = msgspec.structs.replace(whole, data=ids_of(whole.data), truncated=True)
    if len(content := msgspec.json.encode(cut)) <= LIMIT:
        return content
    return msgspec.json.encode(msgspec.structs.replace(cut, previous=ids_of(whole.previous)))


def ids_of(data: dict[str, Any]) -> dict[str, Any]:
    """The members by which the rest can be asked for."""
    kept = {name: value for name, value in data.items() if name in _IDS}
    return kept | {name: _id_alone(value) for name, value in data.items() if name in _NAMED}


def _id_alone(value: Any) -> Any:
    if isinstance(value, list):
        return [_id_alone(one) for one in value]
    return {"id": value["id"]} if isinstance(value, dict) else None


def webhook_id(event_id: str, public_type: str) -> str:
    """The id of a delivery: the same on every retry and replay. No dots, they separate the signed content."""
    return f"msg_{hashlib.sha256(f'{event_id} {public_type}'.encode()).hexdigest()[:32]}"


def _members(seen: Seen | None) -> dict[str, Any]:
    if isinstance(seen, Kept):
        return _members_of(seen.appointment)
    if isinstance(seen, KeptEntry):
        return _members_of(seen.entry)
    return _members_of(seen.session if isinstance(seen, KeptSession) else seen)


def _members_of(published: Any) -> dict[str, Any]:
    members: dict[str, Any] = msgspec.to_builtins(published) if published is not None else {}
    return members


def _previous(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in old.items() if name not in _ALWAYS_NEW and value != new.get(name)}


def _resources(members: dict[str, Any]) -> set[str]:
    return {one["id"] for one in members.get("resources", ())}
