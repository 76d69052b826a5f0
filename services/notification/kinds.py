"""Which event makes which message for whom: one total table over the events of the log (contract 1.20). Pure.

An empty row is an event that nobody is told of at once. Reminders and a hold's last call are no rows here: they follow
from what an appointment is, not from what has just happened to it.
"""

from typing import NamedTuple

from notification.rendering.words import Audience, Kind


class Told(NamedTuple):
    """A message of this kind goes to this audience."""

    kind: Kind
    audience: Audience


def _both(kind: Kind) -> tuple[Told, ...]:
    return Told(kind, "customer"), Told(kind, "staff")


def _customer(kind: Kind) -> tuple[Told, ...]:
    return (Told(kind, "customer"),)


NOBODY: tuple[Told, ...] = ()

MESSAGES: dict[str, tuple[Told, ...]] = {
    "AppointmentRequested": _both("requested"),
    "RequestAccepted": _both("booked"),
    "AppointmentDeclined": _both("cancelled"),
    "AppointmentBooked": _both("booked"),
    "AppointmentConfirmed": _both("confirmed"),
    "AppointmentRescheduled": _both("rescheduled"),
    "AppointmentReassigned": _both("reassigned"),
    "AppointmentCompleted": _customer("completed"),
    "AppointmentNoShow": _customer("no_show"),
    "AppointmentCancelled": _both("cancelled"),
    "AppointmentReinstated": _both("booked"),
    "SeatsTaken": _customer("booked"),
    "SeatsReleased": _customer("cancelled"),
    "SessionCancelled": _both("cancelled"),
    "WaitlistOffered": _customer("waitlist_offer"),
} | dict.fromkeys(
    (
        "AppointmentHeld", "HoldExtended", "HoldReleased", "HoldExpired",
        "ConfirmationUndone", "AppointmentDetailsChanged", "AppointmentCheckedIn", "AppointmentStarted",
        "AppointmentOutcomeCorrected", "AppointmentTombstoned",
        "SessionScheduled", "CapacityChanged",
        "SeriesCreated", "SeriesOccurrenceSkipped", "SeriesRescheduled", "SeriesEnded",
        "WaitlistJoined", "WaitlistClaimed", "WaitlistOfferLapsed", "WaitlistOfferWithdrawn", "WaitlistLeft",
        "TenantDefined", "LocationDefined", "LocationRetired", "ResourceDefined", "ResourceRetired", "GroupDefined",
        "GroupRetired", "PoliciesSet", "ScheduleSet", "ScheduleExceptionCleared", "ScheduleExceptionSet",
        "TimeOffAdded", "TimeOffRemoved", "ServiceDefined", "ServiceRetired", "ResourceEligibilitySet",
        "ExternalBusyImported",
        "CustomerRegistered", "CustomerLinked", "CustomerChanged", "CustomerBlocked", "CustomerUnblocked",
        "CustomersMerged", "CustomerErased",
        "PaymentRecorded", "RefundRequested", "RefundSettled", "CouponApplied", "CreditsUsed",
    ),
    NOBODY,
)  # fmt: skip

BEFORE_START: frozenset[str] = frozenset(
    {"booked", "requested", "confirmed", "rescheduled", "reassigned", "reminder", "hold_expiring", "waitlist_offer"}
)
"""Kinds that say what is to come: once it has begun they would come too late."""
