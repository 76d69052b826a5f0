"""Turns: who may claim the slot that is kept for those who wait, and whose turn it is next.

Whose turn it is follows from the clock, be it told or not: an offer ends at its own instant, and whoever comes next has
the slot from then on until the end of the window that was theirs from the first.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from booking.change import Change, Decision, appointment_stream, customer_stream, subject_of
from booking.refusals import not_found
from booking.state import TenantState
from booking.view import View
from contracts.appointment import Kept, appointment_id
from contracts.errors import Rejection
from contracts.events import (
    Event,
    HoldReleased,
    WaitlistClaimed,
    WaitlistOffered,
    WaitlistOfferLapsed,
    WaitlistOfferWithdrawn,
)
from contracts.waitlist import KeptEntry, seen_at
from scheduling.sessions import StreamsNotLoaded


def waitlist_stream(waitlist_id: str) -> str:
    return f"waitlist/{waitlist_id}"


def entry_of(waitlist_id: str, view: View) -> KeptEntry | None:
    found: KeptEntry | None = view.state.entries.get(waitlist_stream(waitlist_id))
    return found


def about(kept: KeptEntry, event: Event, at: datetime | None = None) -> Change:
    """An event of the entry; what is personal in it is its customer's."""
    return Change(waitlist_stream(kept.entry.id), event, customer_stream(kept.entry.customer.id), occurred_at=at)


def not_waiting(status: str, to: str) -> Rejection:
    allowed = sorted({"waiting": {"left", "offered", "booked"}, "offered": {"left", "booked"}}.get(status, set()))
    return Rejection(
        code="invalid_transition",
        detail=f"This waitlist entry is {status}.",
        members={"from": status, "to": to, "allowed": allowed},
    )


def offer_of(kept: KeptEntry) -> str | None:
    return kept.offer.hold_id if kept.offer else None


def asked(hold: Kept) -> list[str]:
    return (hold.appointment.hold.offered_to or []) if hold.appointment.hold else []


def asked_beside(kept: KeptEntry, hold: Kept, view: View) -> Iterator[KeptEntry]:
    """The others who may claim the same slot now."""
    for waitlist_id in asked(hold):
        if waitlist_id != kept.entry.id:
            other = at_hand(waitlist_id, view.state)
            if other.offered(hold.appointment.id, view.now):
                yield other


def at_hand(waitlist_id: str, state: TenantState) -> KeptEntry:
    """An entry that an offer names. Raises `StreamsNotLoaded` where it is not in memory."""
    stream = waitlist_stream(waitlist_id)
    kept: KeptEntry | None = state.entries.get(stream)
    if kept is None:
        raise StreamsNotLoaded(stream)
    return kept


def booked_instead(waitlist_id: str, stream: str, view: View) -> Decision:
    """An entry whose customer was booked in `stream` instead: it waits no more, and what it was offered goes on."""
    kept = entry_of(waitlist_id, view)
    if kept is None:
        return not_found("waitlist_id", "waitlist entry")
    status = seen_at(kept, view.now).status
    if status not in ("waiting", "offered"):
        return not_waiting(status, "booked")
    return [about(kept, WaitlistClaimed(appointment_id=appointment_id(stream))), *given_up(kept, view)]


def withdrawn(hold: Kept, reason: str | None, view: View) -> list[Change]:
    """What those who could claim a hold are told when it is given back."""
    back = WaitlistOfferWithdrawn(hold_id=hold.appointment.id, reason=reason)
    entries = (at_hand(waitlist_id, view.state) for waitlist_id in asked(hold))
    return [about(one, back) for one in entries if one.offered(hold.appointment.id, view.now)]


def given_up(kept: KeptEntry, view: View) -> list[Change]:
    """What becomes of the slot that was offered to somebody who has no use for it: the next one's, or free."""
    given = kept.offer
    if given is None or not kept.offered(given.hold_id, view.now):
        return []
    hold = view.kept(given.hold_id)
    if hold is None:
        raise StreamsNotLoaded(appointment_stream(given.hold_id))
    if any(asked_beside(kept, hold, view)):
        return []
    return _passed_on(given, view.state, view.now) or [released(hold)]


def _passed_on(given: WaitlistOffered, state: TenantState, at: datetime) -> list[Change]:
    """To the next who still waits, until the end of the window that was its own from the first."""
    window = timedelta(seconds=given.window_seconds)
    for number, waitlist_id in enumerate(given.then, 1):
        kept = at_hand(waitlist_id, state)
        ends = min(given.expires_at + window * number, given.until)
        if kept.waits(at) and kept.not_for != given.hold_id and at < ends:
            told = msgspec.structs.replace(given, expires_at=ends, then=given.then[number:])
            return [about(kept, told, at)]
    return []


def released(hold: Kept, at: datetime | None = None) -> Change:
    stream = appointment_stream(hold.appointment.id)
    return Change(stream, HoldReleased(), subject_of(stream, hold.appointment.customer), occurred_at=at)


# --- time ---------------------------------------------------------------------------------------------------------


def deadline(kept: KeptEntry) -> datetime | None:
    """When the offer made to an entry ends by time alone."""
    return kept.entry.expires_at if kept.entry.status == "offered" else None


def lapsed(state: TenantState, stream: str, now: datetime) -> list[Change]:
    """An offer that was not claimed, and whose turn it is then. Where nobody is left the slot need not be kept."""
    kept: KeptEntry = state.entries[stream]
    given = kept.offer
    if given is None or kept.entry.status != "offered" or now < given.expires_at:
        return []
    over = about(kept, WaitlistOfferLapsed(hold_id=given.hold_id), given.expires_at)
    if not given.then or given.expires_at >= given.until:
        return [over]
    hold = state.kept.get(appointment_stream(given.hold_id))
    if hold is None:
        raise StreamsNotLoaded(appointment_stream(given.hold_id))
    if hold.appointment.status != "held":
        return [over]
    return [over, *(_passed_on(given, state, given.expires_at) or [released(hold, given.expires_at)])]


# --- what they lead to -------------------------------------------------------------------------------------------


def others_asked(waitlist_id: str, view: View) -> Iterator[str]:
    """The streams that an entry's offer leads to."""
    if (kept := entry_of(waitlist_id, view)) and kept.offer:
        yield appointment_stream(kept.offer.hold_id)
        yield from asked_for(kept.offer.hold_id, view)


def asked_for(hold_id: str, view: View) -> Iterator[str]:
    """The entries that a hold is offered to, in their order."""
    if hold := view.kept(hold_id):
        yield from map(waitlist_stream, asked(hold))
