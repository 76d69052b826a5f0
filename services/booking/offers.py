"""Offers: a slot that is kept for those who wait for it, until one of them claims it.

To all at once, and the first one wins; or one after the other, each alone until the end of its own window. The offer is
a hold that lasts as long as its last window, so nobody else can have the slot before, and everybody at that very
instant. Whose turn it is follows from the clock; the events only tell it.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Literal

import msgspec

from booking import bookings, customers
from booking.change import Change, Decision, appointment_stream, customer_stream, subject_of
from booking.refusals import invalid, not_found
from booking.rule import Rule
from booking.slot import Request, Slot, take
from booking.transitions import illegal
from booking.turns import (
    about,
    asked,
    asked_beside,
    asked_for,
    at_hand,
    entry_of,
    given_up,
    not_waiting,
    offer_of,
    released,
    waitlist_stream,
    withdrawn,
)
from booking.view import View
from contracts.appointment import Kept
from contracts.commands import ClaimOffer, OfferSlot, WithdrawOffer
from contracts.errors import Rejection
from contracts.events import (
    AppointmentHeld,
    WaitlistClaimed,
    WaitlistOffered,
    WaitlistOfferLapsed,
    WaitlistOfferWithdrawn,
)
from contracts.waitlist import KeptEntry
from scheduling.slots import Ask
from scheduling.zones import resolve

Mode = Literal["all", "one_by_one"]
LOST = Rejection(code="waitlist_claim_lost", detail="The slot is no longer kept for this entry.")


# --- offering -----------------------------------------------------------------------------------------------------


def offer(command: OfferSlot, view: View) -> Decision:
    request = _slot_of(command)
    if isinstance(request, Rejection):
        return request
    return offered(request, command.waitlist_ids, view, mode=command.mode, seconds=command.hold_seconds)


def _slot_of(command: OfferSlot) -> Request | Rejection:
    start = resolve(command.start, command.tz)
    if isinstance(start, Rejection):
        return start
    named = tuple(command.resources) if command.resources else None
    return Request(Ask(command.service_id, location_id=command.location_id, resources=named), start)


def offered(
    request: Request, waitlist_ids: Sequence[str], view: View, *, mode: Mode = "all", seconds: int | None = None
) -> Decision:
    """The slot held for them. No window goes beyond its start."""
    entries = _willing(request, waitlist_ids, view)
    if isinstance(entries, Rejection):
        return entries
    slot = take(request, view)
    if isinstance(slot, Rejection):
        return slot
    if unfit := next((refused for one in entries if (refused := _unfit(one, slot))), None):
        return unfit
    window = timedelta(seconds=seconds or slot.location.defined.hold_seconds)
    until = min(view.now + window * (1 if mode == "all" else len(entries)), slot.facts.start)
    stream = appointment_stream(view.new_id("apt_"))
    held = AppointmentHeld(
        slot=slot.facts,
        owner=view.sender,
        kind="waitlist_offer",
        expires_at=until,
        extensions_left=0,
        chosen=slot.chosen,
        offered_to=list(waitlist_ids),
    )
    told = WaitlistOffered(
        hold_id=stream.removeprefix("appointment/"),
        start=slot.facts.start,
        end=slot.facts.end,
        expires_at=min(view.now + window, until),
        until=until,
        window_seconds=int(window.total_seconds()),
        then=[] if mode == "all" else list(waitlist_ids[1:]),
    )
    asked = entries if mode == "all" else entries[:1]
    return [Change(stream, held, subject_of(stream, None)), *(about(one, told) for one in asked)]


def _willing(request: Request, waitlist_ids: Sequence[str], view: View) -> list[KeptEntry] | Rejection:
    """All of them wait for this service, and may book."""
    found = []
    for waitlist_id in waitlist_ids:
        kept = entry_of(waitlist_id, view)
        if kept is None:
            return not_found("waitlist_ids", "waitlist entry")
        if not kept.waits(view.now):
            return msgspec.structs.replace(not_waiting(kept.entry.status, "offered"), field="waitlist_ids")
        if kept.entry.service.id != request.ask.service_id:
            return invalid("waitlist_ids", f"{waitlist_id} waits for another service")
        if refused := customers.refused(kept.entry.customer, view):
            return msgspec.structs.replace(refused, field="waitlist_ids")
        found.append(kept)
    return found


def _unfit(kept: KeptEntry, slot: Slot) -> Rejection | None:
    seen, wants, facts = kept.entry, kept.entry.wants, slot.facts
    at_time = (wants.from_ is None or wants.from_ <= facts.start) and (wants.to is None or facts.start < wants.to)
    somebody = not wants.resources or any(resource.id in wants.resources for resource in facts.resources)
    somewhere = seen.location_id in (None, facts.location_id)
    if at_time and somebody and somewhere:
        return None
    return invalid("waitlist_ids", f"{seen.id} does not want this slot")


# --- claiming -----------------------------------------------------------------------------------------------------


def claim(command: ClaimOffer, view: View) -> Decision:
    hold, kept = view.kept(command.hold_id), entry_of(command.waitlist_id, view)
    if hold is None:
        return not_found("hold_id", "hold")
    if kept is None:
        return not_found("waitlist_id", "waitlist entry")
    if refused := _too_late_or_soon(hold, kept, view) or customers.refused(kept.entry.customer, view):
        return refused
    booked = bookings.of_hold(command, hold, kept.entry.customer, view)
    claimed = WaitlistClaimed(appointment_id=hold.appointment.id, hold_id=hold.appointment.id)
    lost = WaitlistOfferLapsed(hold_id=hold.appointment.id, why="claimed")
    return [booked, about(kept, claimed), *(about(one, lost) for one in asked_beside(kept, hold, view))]


def _too_late_or_soon(hold: Kept, kept: KeptEntry, view: View) -> Rejection | None:
    if view.status(hold) != "held":
        return LOST
    if kept.offered(hold.appointment.id, view.now):
        return None
    waits_its_turn = kept.waits(view.now) and hold.appointment.id not in (kept.not_for, offer_of(kept))
    if waits_its_turn and kept.entry.id in asked(hold):
        return Rejection(code="too_soon", field="waitlist_id", detail="The slot is offered to somebody before them.")
    return LOST


# --- giving up ----------------------------------------------------------------------------------------------------


def withdraw(command: WithdrawOffer, view: View) -> Decision:
    hold = view.kept(command.hold_id)
    if hold is None or not (hold.appointment.status != "held" or asked(hold)):
        return not_found("hold_id", "offer")
    if (status := view.status(hold)) != "held":
        return illegal(status, "cancelled", hold, view)
    if command.waitlist_id is None:
        return [released(hold), *withdrawn(hold, command.reason, view)]
    if command.waitlist_id not in asked(hold):
        return not_found("waitlist_id", "offer to this entry")
    kept = at_hand(command.waitlist_id, view.state)
    if kept.entry.status in ("booked", "left"):
        return not_found("waitlist_id", "offer to this entry")
    back = about(kept, WaitlistOfferWithdrawn(hold_id=hold.appointment.id, reason=command.reason))
    return [back, *given_up(kept, view)]


# --- registration -------------------------------------------------------------------------------------------------


def customers_of(waitlist_ids: Sequence[str], view: View) -> Iterator[str]:
    for waitlist_id in waitlist_ids:
        if kept := entry_of(waitlist_id, view):
            yield customer_stream(kept.entry.customer.id)


def _asked_and_customer(command: ClaimOffer, view: View) -> Iterator[str]:
    yield from asked_for(command.hold_id, view)
    yield from customers_of([command.waitlist_id], view)


RULES = (
    Rule(
        OfferSlot, offer, names=lambda command: [waitlist_stream(one) for one in command.waitlist_ids],
        slots=lambda command, view: [_slot_of(command)],
        later=lambda command, view: customers_of(command.waitlist_ids, view),
    ),
    Rule(
        ClaimOffer, claim,
        names=lambda command: [appointment_stream(command.hold_id), waitlist_stream(command.waitlist_id)],
        later=_asked_and_customer,
    ),
    Rule(
        WithdrawOffer, withdraw, names=lambda command: [appointment_stream(command.hold_id)],
        later=lambda command, view: asked_for(command.hold_id, view),
    ),
)  # fmt: skip
