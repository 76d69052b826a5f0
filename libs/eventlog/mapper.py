"""Records as the `eventsourcing` library's stored events: stable topics, class versions, upcasts, cipher, compressor.

The topic is the event's type name, never a Python path, and the state is `contracts.record.encode` of the record: one
decoding and one table of upcasts serve the log, the topics and the library's tools.
"""

from dataclasses import dataclass
from typing import ClassVar

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import (
    Cipher,
    Compressor,
    JSONTranscoder,
    Mapper,
    MapperDeserialisationError,
    StoredEvent,
)
from eventsourcing.utils import get_topic, register_topic, resolve_topic

from contracts import record as records
from contracts.events import EVENTS
from contracts.record import Record


@dataclass(frozen=True)
class Recorded:
    """A record as one of the library's domain events; each event type has its own subclass."""

    class_version: ClassVar[int] = 1

    record: Record

    @property
    def originator_id(self) -> str:
        """The stream, among those of all tenants."""
        return f"{self.record.tenant}/{self.record.stream}"

    @property
    def originator_version(self) -> int:
        return self.record.version


TYPES: dict[str, type[Recorded]] = {
    name: type(name, (Recorded,), {"TOPIC": name, "class_version": kind.VERSION}) for name, kind in EVENTS.items()
}
"""The library's event class for each of ours."""

for _name, _kind in TYPES.items():
    register_topic(_name, _kind)


def recorded(record: Record) -> Recorded:
    return TYPES[record.type](record)


class RecordMapper(Mapper[str]):
    """Maps `Recorded`; compressed first, then encrypted, where a compressor and a cipher are given."""

    def __init__(self, *, compressor: Compressor | None = None, cipher: Cipher | None = None) -> None:
        super().__init__(JSONTranscoder(), compressor, cipher)

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        if not isinstance(domain_event, Recorded):
            raise TypeError(f"{type(domain_event).__name__} is no recorded event")
        state = records.encode(domain_event.record)
        state = self.compressor.compress(state) if self.compressor else state
        state = self.cipher.encrypt(state) if self.cipher else state
        topic = get_topic(type(domain_event))
        return StoredEvent(domain_event.originator_id, domain_event.originator_version, topic, state)

    def to_domain_event(self, stored_event: StoredEvent) -> Recorded:
        """The event as today's code knows it: what was stored in an older shape is upcast."""
        kind: type[Recorded] = resolve_topic(stored_event.topic)
        try:
            state = self.cipher.decrypt(stored_event.state) if self.cipher else stored_event.state
            return kind(records.decode(self.compressor.decompress(state) if self.compressor else state))
        except Exception as error:
            raise MapperDeserialisationError(f"{stored_event.topic} of {stored_event.originator_id}") from error
