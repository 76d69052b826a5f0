"""Holds: a slot kept for one owner until `expires_at`.

A hold ends by the clock of the decision (P7); `HoldExpired` only tells what is already true.
"""

from datetime import timedelta

from booking import bookings, custom_fields, customers, turns
from booking.change import Change, Decision, appointment_stream, subject_of
from booking.refusals import desk_alone, hold_expired, hold_not_owner, invalid, not_found
from booking.rule import Rule, customer_of
from booking.slot import Slot, asked, days_named, session_named, take, wanted
from booking.transitions import illegal
from booking.view import View
from contracts.appointment import Hold, Kept
from contracts.commands import ConfirmHold, ExtendHold, HoldSlot, ReleaseHold
from contracts.errors import Rejection
from contracts.events import AppointmentHeld, HoldExtended, HoldReleased
from contracts.values import CustomerRef


def hold(command: HoldSlot, view: View) -> Decision:
    """Customers hold what they are about to book; any other kind of hold is the desk's."""
    if command.kind != "checkout" and (refused := desk_alone(f"hold for {command.kind}", view)):
        return refused
    slot = take(wanted(command, view), view)
    if isinstance(slot, Rejection):
        return slot
    if command.customer is None:
        return [_held(command, view, slot, None)]
    matched = customers.match(command.customer, view)
    if isinstance(matched, Rejection):
        return matched
    return [*matched.changes, _held(command, view, slot, matched.ref)]


def _held(command: HoldSlot, view: View, slot: Slot, customer: CustomerRef | None) -> Change:
    stream = appointment_stream(view.new_id("apt_"))
    terms = slot.location.defined
    event = AppointmentHeld(
        slot=slot.facts,
        owner=command.owner or view.sender,
        kind=command.kind,
        expires_at=view.now + timedelta(seconds=terms.hold_seconds),
        extensions_left=terms.max_extensions,
        chosen=slot.chosen,
        customer=customer,
    )
    return Change(stream, event, subject_of(stream, customer))


def extend(command: ExtendHold, view: View) -> Decision:
    found = _own(command.hold_id, command.owner, view, to="held")
    if isinstance(found, Rejection):
        return found
    kept, current = found
    most = view.book.locations[kept.appointment.location_id].defined.hold_seconds
    seconds = command.seconds or most
    if seconds > most:
        return invalid("seconds", f"at most {most} here")
    if current.extensions_left < 1:
        text = "The hold cannot be extended any more."
        return Rejection(code="limit_reached", detail=text, members={"scope": "hold"})
    until = view.now + timedelta(seconds=seconds)
    event = HoldExtended(expires_at=until, extensions_left=current.extensions_left - 1)
    return [_change(kept, event)]


def release(command: ReleaseHold, view: View) -> Decision:
    found = _own(command.hold_id, command.owner, view, to="cancelled")
    return found if isinstance(found, Rejection) else _given_back(found[0], command.reason, view)


def _given_back(kept: Kept, reason: str | None, view: View) -> list[Change]:
    """And who could have claimed it is told."""
    return [_change(kept, HoldReleased(reason=reason)), *turns.withdrawn(kept, None, view)]


def release_cancelled(kept: Kept, reason: str | None, view: View) -> Decision:
    """A cancelled hold is released, by its owner alone."""
    if kept.owner != view.sender:
        return hold_not_owner()
    return _given_back(kept, reason, view)


def confirm(command: ConfirmHold, view: View) -> Decision:
    """The slot is the hold's own, so the diary is not asked again."""
    found = _own(command.hold_id, command.owner, view, to="scheduled")
    if isinstance(found, Rejection):
        return found
    kept, _ = found
    if turns.asked(kept):
        return hold_not_owner("The slot is kept for those it was offered to: one of them claims it.")
    if refused := custom_fields.refused(command.custom_fields, kept.appointment.service.id, view):
        return refused
    held_for = kept.appointment.customer
    if command.customer is None:
        return _for_whom_it_was_held(command, kept, held_for, view) if held_for else _whose()
    matched = customers.match(command.customer, view)
    if isinstance(matched, Rejection):
        return matched
    known = held_for is not None and held_for.id == matched.ref.id
    return [*([] if known else matched.changes), bookings.of_hold(command, kept, matched.ref, view)]


def _for_whom_it_was_held(command: ConfirmHold, kept: Kept, customer: CustomerRef, view: View) -> Decision:
    return customers.refused(customer, view) or [bookings.of_hold(command, kept, customer, view)]


def _whose() -> Rejection:
    return invalid("customer", "a booking needs its customer")


def _own(hold_id: str, owner: str | None, view: View, *, to: str) -> tuple[Kept, Hold] | Rejection:
    """The hold, alive and of this owner; else why not."""
    kept = view.kept(hold_id)
    if kept is None:
        return not_found("hold_id", "hold")
    if kept.owner is not None and kept.owner != (owner or view.sender):
        return hold_not_owner()
    status = view.status(kept)
    if status == "expired":
        return hold_expired()
    current = kept.appointment.hold
    if status != "held" or current is None:
        return illegal(status, to, kept, view)
    return kept, current


def _change(kept: Kept, event: HoldExtended | HoldReleased) -> Change:
    stream = appointment_stream(kept.appointment.id)
    return Change(stream, event, subject_of(stream, kept.appointment.customer))


def _held_before(command: ExtendHold | ReleaseHold | ConfirmHold) -> list[str]:
    return [appointment_stream(command.hold_id)]


RULES = (
    Rule(HoldSlot, hold, names=session_named, customer=customer_of, days=days_named, slots=asked),
    Rule(ExtendHold, extend, names=_held_before),
    Rule(ReleaseHold, release, names=_held_before, later=lambda command, view: turns.asked_for(command.hold_id, view)),
    Rule(ConfirmHold, confirm, names=_held_before, customer=customer_of),
)
