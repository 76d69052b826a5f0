"""A record: an event with who, when, why and where it stands in the log. What the log stores and Kafka carries.

`encode` and `decode` are the only way in and out; the bytes in the log are the bytes on the topic.
"""

from datetime import datetime
from typing import Any

import msgspec

from contracts.events import EVENTS, Event
from contracts.upcasts import upcast
from contracts.values import Actor


class Record(msgspec.Struct, frozen=True, kw_only=True):
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
    tzdata_version: str | None
    event: Event = msgspec.field(name="data")

    @property
    def position(self) -> str:
        return f"{self.part}.{self.pos}"


class _Stored(msgspec.Struct, frozen=True, kw_only=True):
    """The same, with the event's data still undecoded."""

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
    data: msgspec.Raw


_encoder = msgspec.json.Encoder()
_stored = msgspec.json.Decoder(_Stored)
_events: dict[str, msgspec.json.Decoder[Any]] = {name: msgspec.json.Decoder(kind) for name, kind in EVENTS.items()}
_META = tuple(name for name in _Stored.__struct_fields__ if name != "data")


def event_id(era: int, part: int, pos: int) -> str:
    """Event ids follow from the place in the log; an era is never written twice, so no id is."""
    return f"evt_{era}.{part}.{pos}"


def encode(record: Record) -> bytes:
    """The bytes of the log and of the events topic. Personal members must be sealed before."""
    return _encoder.encode(record)


def decode(state: bytes) -> Record:
    """The record as today's code knows it: older shapes are upcast, member by member."""
    stored = _stored.decode(state)
    kind = EVENTS[stored.type]
    if stored.schema_version == kind.VERSION:
        event = _events[stored.type].decode(stored.data)
    else:
        shape = upcast(stored.type, stored.schema_version, msgspec.json.decode(stored.data), kind.VERSION)
        event = msgspec.convert(shape, kind)
    return Record(event=event, **{name: getattr(stored, name) for name in _META})
