"""What comes from a topic and what goes to one, free of any client library."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec


class Message(msgspec.Struct, frozen=True):
    """A record as it was read; nothing of it is trusted yet."""

    part: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class Parcel(NamedTuple):
    """A record on its way out; its topic and partition are said where it is sent."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class EventParcel(NamedTuple):
    """An event on its way out, with its position; `erases` is what the list of erasures is told of it."""

    pos: int
    parcel: Parcel
    erases: Parcel | None = None
