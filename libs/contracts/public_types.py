"""What subscribers hear of: one total table from event to public types, and the few types that no event of the log has.

`PUBLIC_TYPES` has a row for every name of the event vocabulary, also for those whose decisions are not built yet; an
empty row is an event that stays inside (supply, people, tenants, series: a series' occurrences tell for themselves).
"""

from collections.abc import Iterable
from functools import lru_cache

_INSIDE: tuple[str, ...] = ()
_CHANGED = "appointment.status_changed"
_UPDATED = "appointment.updated"

PUBLIC_TYPES: dict[str, tuple[str, ...]] = {
    "AppointmentHeld": ("appointment.held",),
    "HoldExtended": (_UPDATED,),
    "HoldReleased": ("appointment.released",),
    "HoldExpired": ("appointment.hold_expired",),
    "AppointmentRequested": ("appointment.requested",),
    "RequestAccepted": ("appointment.created", _CHANGED),
    "AppointmentDeclined": ("appointment.declined", _CHANGED),
    "AppointmentBooked": ("appointment.created",),
    "AppointmentConfirmed": ("appointment.confirmed", _CHANGED),
    "ConfirmationUndone": (_CHANGED,),
    "AppointmentRescheduled": ("appointment.rescheduled", _UPDATED),
    "AppointmentReassigned": ("appointment.reassigned", _UPDATED),
    "AppointmentDetailsChanged": (_UPDATED,),
    "AppointmentCheckedIn": ("appointment.checked_in", _CHANGED),
    "AppointmentStarted": ("appointment.started", _CHANGED),
    "AppointmentCompleted": ("appointment.completed", _CHANGED),
    "AppointmentNoShow": ("appointment.no_show", _CHANGED),
    "AppointmentCancelled": ("appointment.cancelled", _CHANGED),
    "AppointmentOutcomeCorrected": ("appointment.outcome_corrected", _CHANGED),
    "AppointmentReinstated": ("appointment.reinstated", _CHANGED),
    "AppointmentTombstoned": ("appointment.tombstoned",),
    "SessionScheduled": ("session.scheduled",),
    "SessionCancelled": ("session.cancelled",),
    "SeatsTaken": ("seat.taken",),
    "SeatsReleased": ("seat.released",),
    "CapacityChanged": ("session.capacity_changed",),
    "SeriesCreated": _INSIDE,
    "SeriesOccurrenceSkipped": _INSIDE,
    "SeriesRescheduled": _INSIDE,
    "SeriesEnded": _INSIDE,
    "WaitlistJoined": ("waitlist.joined",),
    "WaitlistOffered": ("waitlist.offered",),
    "WaitlistClaimed": ("waitlist.claimed",),
    "WaitlistOfferLapsed": ("waitlist.offer_lapsed",),
    "WaitlistOfferWithdrawn": ("waitlist.offer_withdrawn",),
    "WaitlistLeft": ("waitlist.left",),
    "TenantDefined": _INSIDE,
    "LocationDefined": _INSIDE,
    "LocationRetired": _INSIDE,
    "ResourceDefined": _INSIDE,
    "ResourceRetired": _INSIDE,
    "GroupDefined": _INSIDE,
    "GroupRetired": _INSIDE,
    "PoliciesSet": _INSIDE,
    "ScheduleSet": _INSIDE,
    "ScheduleExceptionCleared": _INSIDE,
    "ScheduleExceptionSet": _INSIDE,
    "TimeOffAdded": _INSIDE,
    "TimeOffRemoved": _INSIDE,
    "ServiceDefined": _INSIDE,
    "ServiceRetired": _INSIDE,
    "ResourceEligibilitySet": _INSIDE,
    "ExternalBusyImported": _INSIDE,
    "CustomerRegistered": _INSIDE,
    "CustomerLinked": _INSIDE,
    "CustomerChanged": _INSIDE,
    "CustomerBlocked": _INSIDE,
    "CustomerUnblocked": _INSIDE,
    "CustomersMerged": _INSIDE,
    "CustomerErased": _INSIDE,
    "PaymentRecorded": (_UPDATED,),
    "RefundRequested": ("refund.requested", _UPDATED),
    "RefundSettled": ("refund.settled", _UPDATED),
    "CouponApplied": (_UPDATED,),
    "CreditsUsed": (_UPDATED,),
}
"""A request becomes an appointment (`created`) when it is accepted; until then it is `requested`."""

REMINDER_DUE = "reminder.due"
ENDPOINT_DISABLED, ENDPOINT_RECOVERED = "endpoint.disabled", "endpoint.recovered"
ENDPOINT_PARKED, ENDPOINT_TEST = "endpoint.parked", "endpoint.test"
BESIDE = (REMINDER_DUE, ENDPOINT_DISABLED, ENDPOINT_RECOVERED, ENDPOINT_PARKED, ENDPOINT_TEST)
"""Types that come from no event: neither feed nor replay has them."""

OF_THE_LOG = tuple(dict.fromkeys(name for row in PUBLIC_TYPES.values() for name in row))
EVERY_TYPE = OF_THE_LOG + BESIDE
"""Every public type, once."""

EVERYTHING = "*"
_ASIDE = "endpoint."
"""What is about endpoints themselves is told only to those who name it."""


def public_types(event_type: str) -> tuple[str, ...]:
    """As what an event is told, in order."""
    return PUBLIC_TYPES[event_type]


@lru_cache(maxsize=4096)
def named(patterns: frozenset[str]) -> frozenset[str]:
    """The types that patterns name: whole, by their beginning (`appointment.*`), or all (`*`)."""
    return frozenset(name for name in EVERY_TYPE if any(_matches(name, pattern) for pattern in patterns))


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether a type is among those named."""
    return name in named(frozenset(patterns))


def _matches(name: str, pattern: str) -> bool:
    if name.startswith(_ASIDE) and not pattern.startswith(_ASIDE):
        return False
    return name == pattern or (pattern.endswith(EVERYTHING) and name.startswith(pattern[:-1]))


def told_by(types: frozenset[str]) -> frozenset[str]:
    """The events that a reader of these types hears of."""
    return frozenset(event for event, row in PUBLIC_TYPES.items() if not types.isdisjoint(row))
