"""Sessions and waitlist entries in the read model: what is stored of each version, and read back again."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from contracts.session import KeptSession
from contracts.waitlist import KeptEntry
from scheduling.zones import to_minute

Entry = KeptSession | KeptEntry

SESSIONS, WAITLIST = "session/", "waitlist/"
ENTRIES = (SESSIONS, WAITLIST)
"""How the names of their streams begin."""

_EPOCH = datetime.fromtimestamp(0, UTC)
_MICROSECOND = _EPOCH.resolution
_encode = msgspec.msgpack.Encoder().encode
_session = msgspec.msgpack.Decoder(KeptSession).decode
_waiting = msgspec.msgpack.Decoder(KeptEntry).decode


def entry_row(kept: Entry) -> list[Any]:
    """The columns that its state gives: status, deadline, place, service_id, customer_id, kept."""
    if isinstance(kept, KeptSession):
        held = kept.session
        return [held.status, None, to_minute(held.start), held.service.id, None, _encode(kept)]
    seen = kept.entry
    began = (seen.created_at - _EPOCH) // _MICROSECOND
    return [seen.status, seen.expires_at, began, seen.service.id, seen.customer.id, _encode(kept)]


def decode_entry(stream: str, stored: bytes) -> Entry:
    return decode_session(stored) if stream.startswith(SESSIONS) else decode_waiting(stored)


def decode_session(stored: bytes) -> KeptSession:
    return _session(stored)


def decode_waiting(stored: bytes) -> KeptEntry:
    return _waiting(stored)
