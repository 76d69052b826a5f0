"""Events about a series: that there is one, what became of its rule, and its end.

Each occurrence is an appointment with a stream of its own that tells its life; none of that is said twice here.
"""

from datetime import datetime
from typing import Literal

from contracts.event import Event
from contracts.personal import Personal

Scope = Literal["this", "this_and_following", "all"]


class SeriesCreated(Event, frozen=True, kw_only=True):
    """A rule, in the wall time of `tz`, and the appointments made of it, in the order of their starts."""

    rrule: str
    exdates: list[str] = []
    start: datetime
    tz: str
    local_start: str
    on_conflict: Literal["all_or_nothing", "skip"]
    service_id: str
    location_id: str
    customer_id: str
    appointment_ids: list[str]


class SeriesOccurrenceSkipped(Event, frozen=True, kw_only=True):
    """An occurrence that could not be had: `reason` is the code, `blocked_by` the events that stood against it."""

    start: datetime
    local_start: str
    reason: str
    detail: str = ""
    blocked_by: list[str] = []


class SeriesRescheduled(Event, frozen=True, kw_only=True):
    """So many minutes of wall time later (or earlier) are the appointments named; each tells for itself where."""

    scope: Scope
    shift_minutes: int
    appointment_ids: list[str]
    reason: Personal = None


class SeriesEnded(Event, frozen=True, kw_only=True):
    """Nothing of it is still to come."""

    by: Literal["cancelled"] = "cancelled"
