"""Letters: what arrives at the desk, opened. Routing looks at the key alone, before anything is parsed.

A letter that cannot be read keeps the refusal that says why; it never hinders the next one.
"""

import re
from functools import lru_cache

import msgspec

from booking.needs import Needs, needs
from contracts.commands import Command, parse
from contracts.envelope import ID_LIMIT, Envelope, Unreadable, read_command
from contracts.errors import Rejection
from contracts.fields import ID
from contracts.routing import murmur2
from eventlog.log import InboxKey
from streams.message import Message

_ID = re.compile(ID)
NOTHING = Needs(set(), set())


class Letter(msgspec.Struct, frozen=True):
    """One message, read as far as it can be. Either `command` and `envelope` are there, or `refusal` is.

    `key` is absent where no answer can be stored: no usable id, or a tenant that could never exist.
    """

    message: Message
    tenant: str
    id: str | None
    source: str
    type: str
    key: InboxKey | None
    envelope: Envelope | None
    command: Command | None
    refusal: Rejection | None
    needs: Needs = NOTHING

    @property
    def dry_run(self) -> bool:
        return self.envelope is not None and self.envelope.dry_run

    @property
    def content(self) -> bytes:
        """What a repetition must repeat: type and body, or the hash that the sender took of its request."""
        if self.envelope and self.envelope.request_hash:
            return self.envelope.request_hash
        return self.type.encode() + b"\0" + (self.message.value or b"")


@lru_cache(maxsize=65_536)
def part_of_key(key: bytes, partitions: int) -> int:
    """The partition of a record key, as `contracts.routing.part_of` has it for a tenant."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def misrouted(message: Message, partitions: int) -> int | None:
    """The partition where the message belongs, if that is another one. Without a key it stays where it is."""
    if not message.key:
        return None
    home = part_of_key(message.key, partitions)
    return home if home != message.part else None


def open_letter(message: Message) -> Letter:
    """Reads key, headers and body; never raises."""
    tenant = (message.key or b"").decode("utf-8", "replace")
    envelope = read_command(message.headers)
    if isinstance(envelope, Unreadable):
        return _refused(message, tenant, envelope)
    key = InboxKey(tenant, envelope.source, envelope.id) if _ID.fullmatch(tenant) else None
    if key is None:
        refusal = _no_tenant(message)
        return Letter(message, tenant, envelope.id, envelope.source, envelope.type, None, envelope, None, refusal)
    read = message, tenant, envelope.id, envelope.source, envelope.type, key, envelope
    parsed = parse(envelope.type, message.value or b"", envelope.data_version)
    if isinstance(parsed, Rejection):
        return Letter(*read, None, parsed)
    return Letter(*read, parsed, None, needs(parsed))


def _no_tenant(message: Message) -> Rejection:
    if not message.key:
        return Rejection(code="invalid_command", field="key", detail="The record key names the tenant; there is none.")
    return Rejection(code="unknown_tenant", field="key", detail="There is no such tenant.")


def _refused(message: Message, tenant: str, unreadable: Unreadable) -> Letter:
    """An envelope that cannot be used: answered where its id can be repeated to the sender."""
    id, source = unreadable.id, unreadable.source or ""
    usable = id is not None and all(len(text) <= ID_LIMIT and "\0" not in text for text in (id, source))
    key = InboxKey(tenant, source, id) if usable and id and _ID.fullmatch(tenant) else None
    type = (unreadable.type or "")[:ID_LIMIT]
    return Letter(message, tenant, id if usable else None, source, type, key, None, None, unreadable.rejection)
