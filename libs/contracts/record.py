"""A record: an event with who, when, why and where it stands in the log. What the log stores and Kafka carries.

`encode` and `decode` are the only way in and out; the bytes in the log are the bytes on the topic.
"""

from datetime import datetime
from typing import Any, Generic

import msgspec
from typing_extensions import TypeVar

from contracts.events import EVENTS, Event
from contracts.personal import Personal, PersonalNews
from contracts.upcasts import upcast
from contracts.values import Actor

Told = TypeVar("Told", bound=Event, default=Event)


class Record(msgspec.Struct, Generic[Told], frozen=True, kw_only=True, gc=False):
    """An event at its place: `part.pos` in the log, `version` in its stream (dense from 1)."""

    event_id: str
    type: str
    schema_version: int
    tenant: str
    stream: str
    version: int
    part: int
    pos: int
    era: int
    occurred_at: datetime
    decided_at: datetime
    actor: Actor
    source: str
    command_id: str
    causation_id: str
    correlation_id: str
    tzdata_version: str | None = None
    imported: bool | msgspec.UnsetType = msgspec.UNSET
    """True of history sent in later: of it nobody is notified. Not written where it is not so."""
    event: Told = msgspec.field(name="data")

    @property
    def position(self) -> str:
        return f"{self.part}.{self.pos}"


class _Kind(msgspec.Struct, frozen=True):
    """All that must be known of a record before it can be decoded; the rest is skipped."""

    type: str
    schema_version: int


_encoder = msgspec.json.Encoder()
_kind = msgspec.json.Decoder(_Kind)
_shapes: dict[str, Any] = {name: Record[kind] for name, kind in EVENTS.items()}  # type: ignore[valid-type]
_records: dict[str, msgspec.json.Decoder[Record]] = {name: msgspec.json.Decoder(one) for name, one in _shapes.items()}


def event_id(era: int, part: int, pos: int) -> str:
    """Event ids follow from the place in the log; an era is never written twice, so no id is."""
    return f"evt_{era}.{part}.{pos}"


def reason_of(record: Record) -> Personal:
    """Why it was done, if anybody said so."""
    reason: PersonalNews = getattr(record.event, "reason", None)
    return None if reason is msgspec.UNSET else reason


def encode(record: Record) -> bytes:
    """The bytes of the log and of the events topic. Personal members must be sealed before.

    What was read in an older shape is written in the present one, and says so.
    """
    if record.schema_version != record.event.VERSION:
        record = msgspec.structs.replace(record, schema_version=record.event.VERSION)
    return _encoder.encode(record)


def decode(state: bytes) -> Record:
    """The record as today's code knows it: older shapes are upcast, member by member."""
    stored = _kind.decode(state)
    wanted = EVENTS[stored.type].VERSION
    if stored.schema_version == wanted:
        return _records[stored.type].decode(state)
    shape = msgspec.json.decode(state)
    shape["data"] = upcast(stored.type, stored.schema_version, shape["data"], wanted)
    record: Record = msgspec.convert(shape, _shapes[stored.type])
    return record
