"""Events about the roster: what is not given any more, who may give what, what other calendars have."""

from datetime import datetime

from contracts.event import Event
from contracts.values import BusyType, Value


class LocationRetired(Event, frozen=True, kw_only=True):
    """Nothing new is booked there, and no list has it; what is booked stays. A later definition brings it back."""

    id: str


class ServiceRetired(Event, frozen=True, kw_only=True):
    id: str


class ResourceRetired(Event, frozen=True, kw_only=True):
    id: str


class Certified(Value, frozen=True, kw_only=True):
    """A service that a resource may give; without places everywhere."""

    service_id: str
    location_ids: list[str] = []


class ResourceEligibilitySet(Event, frozen=True, kw_only=True):
    """The services that a resource may give, beside what its definition says. None asks for no certificate."""

    resource_id: str
    services: list[Certified] | None = None


class BusySpan(Value, frozen=True, kw_only=True):
    """`[start, end)` as another calendar has it."""

    start: datetime
    end: datetime
    type: BusyType = "busy"


class ExternalBusyImported(Event, frozen=True, kw_only=True):
    """What a calendar elsewhere has until an instant, instead of all that was imported from this source before."""

    resource_id: str
    source: str
    intervals: list[BusySpan]
    until: datetime
