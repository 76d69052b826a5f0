"""Who hears of what: an endpoint as far as it decides which public events become deliveries; pure."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from contracts.public_events import PublicEvent
from contracts.public_types import matches
from webhook.schedule import wait_before


class Listener(NamedTuple):
    """An endpoint's subscription, and where it begins (exclusive)."""

    id: str
    tenant: str
    changed_at: datetime
    ordered: bool
    types: Sequence[str]
    location_ids: Collection[str]
    service_ids: Collection[str]
    resource_ids: Collection[str]
    schedule: Sequence[float] | None
    from_pos: int

    def hears(self, event: PublicEvent) -> bool:
        """By type and by each filter that names anything. What is of no location (a notice) passes the filters."""
        return (
            matches(event.type, self.types)
            and _passes(self.location_ids, event.location_id)
            and _passes(self.service_ids, event.service_id)
            and (not self.resource_ids or not event.resource_ids or self._names(event.resource_ids))
        )

    def _names(self, found: Collection[str]) -> bool:
        return not set(found).isdisjoint(self.resource_ids)

    def first_due(self, webhook_id: str, at: datetime) -> datetime:
        return at + timedelta(seconds=wait_before(1, webhook_id, self.schedule) or 0)


def _passes(wanted: Collection[str], found: str | None) -> bool:
    return not wanted or found is None or found in wanted


class Placed(NamedTuple):
    """A public event at its place among all of its tenant: position of its event, and which of its bodies it is."""

    pos: int
    n: int
    part: int
    event: PublicEvent
