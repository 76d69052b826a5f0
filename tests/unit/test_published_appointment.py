"""The published appointment is one pure fold: each event changes what it tells and nothing else."""

from typing import Any

import msgspec
import pytest

import stored
from contracts import events as e
from contracts.appointment import Appointment, Kept, fold
from contracts.record import reason_of
from contracts.values import Actor, Money, ServiceRef

HELD = e.AppointmentHeld(slot=stored.slot(), owner="basket-17", expires_at=stored.at("09:05"), chosen=stored.CHOSEN)
BOOKED = e.AppointmentBooked(slot=stored.slot(), customer=stored.CUSTOMER, details=stored.DETAILS, chosen=stored.CHOSEN)
REQUESTED = e.AppointmentRequested(
    slot=stored.slot(blocks=False), customer=stored.CUSTOMER, chosen=stored.CHOSEN, accept_until=stored.at("12:00")
)
MOVED = e.AppointmentRescheduled(
    slot=stored.slot("16:00", "16:30"), previous=stored.PREVIOUS, previous_resources=[], chosen=stored.CHOSEN
)
COUNTED = {"version", "updated_at", "position"}


def after(*events: e.Event, **members: Any) -> Kept:
    kept: Kept | None = None
    for number, event in enumerate(events, start=1):
        kept = fold(kept, stored.record(event, version=number, pos=100 + number, **members))
    assert kept is not None
    return kept


def changed(before: Appointment, now: Appointment) -> set[str]:
    old, new = msgspec.structs.asdict(before), msgspec.structs.asdict(now)
    return {name for name in old if old[name] != new[name]} - COUNTED


def test_a_hold_keeps_its_id_and_first_instant_when_it_is_booked() -> None:
    kept = after(HELD, BOOKED)
    assert (kept.appointment.id, kept.appointment.version, kept.appointment.status) == ("apt_5f1c", 2, "scheduled")
    assert (kept.appointment.hold, kept.owner) == (None, None)
    assert kept.appointment.position == "7.102"


def test_a_move_changes_the_slot_and_counts_who_moved() -> None:
    before, now = after(BOOKED).appointment, after(BOOKED, MOVED).appointment
    assert changed(before, now) == {"start", "end", "busy", "reschedules"}
    assert now.original_start == before.start
    assert (now.reschedules.customer, now.reschedules.staff) == (0, 1)
    by_customer = after(BOOKED, MOVED, actor=Actor(type="customer", id="cus_77")).appointment.reschedules
    assert (by_customer.customer, by_customer.staff) == (1, 0)


def test_the_event_that_took_the_present_slot_is_the_one_blockers_name() -> None:
    assert after(HELD, BOOKED).slot_event == "evt_1.7.102"
    assert after(BOOKED, MOVED).slot_event == "evt_1.7.102"
    assert after(BOOKED, MOVED, e.AppointmentConfirmed()).slot_event == "evt_1.7.102"


def test_a_request_that_takes_no_time_blocks_once_it_is_accepted() -> None:
    assert after(REQUESTED).blocks is False
    accepted = after(REQUESTED, e.RequestAccepted())
    assert (accepted.blocks, accepted.appointment.status, accepted.appointment.accept_until) == (
        True,
        "scheduled",
        None,
    )


@pytest.mark.parametrize(
    ("event", "status", "stamp"),
    [
        (e.AppointmentConfirmed(), "confirmed", "confirmed_at"),
        (e.AppointmentCheckedIn(), "checked_in", "checked_in_at"),
        (e.AppointmentStarted(), "in_progress", "started_at"),
        (e.AppointmentCompleted(), "completed", "completed_at"),
        (e.AppointmentNoShow(), "no_show", None),
        (e.AppointmentCancelled(), "cancelled", "cancelled_at"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, e.Event) else None,
)
def test_a_transition_changes_the_status_and_its_stamp(event: e.Event, status: str, stamp: str | None) -> None:
    before, now = after(BOOKED).appointment, after(BOOKED, event).appointment
    assert now.status == status
    assert changed(before, now) == {"status"} | ({stamp} if stamp else set())


def test_reasons_are_kept_under_what_they_explain_and_stay_sealed() -> None:
    overridden = msgspec.structs.replace(BOOKED, override=True, override_reason=stored.SEALED)
    seen = after(overridden, e.AppointmentCancelled(reason=stored.SEALED)).appointment
    assert seen.reasons == {"override": stored.SEALED, "cancelled": stored.SEALED}


@pytest.mark.parametrize("event", [e.HoldReleased(), e.HoldExpired(expires_at=stored.at("09:05"))])
def test_a_hold_that_ends_shows_no_hold(event: e.Event) -> None:
    assert after(HELD, event).appointment.hold is None


def test_an_extension_moves_the_end_and_keeps_the_kind() -> None:
    hold = after(HELD, e.HoldExtended(expires_at=stored.at("09:10"), extensions_left=0)).appointment.hold
    assert hold is not None
    assert (hold.expires_at, hold.kind, hold.extensions_left) == (stored.at("09:10"), "checkout", 0)


def test_events_about_other_things_leave_it_as_it_is() -> None:
    kept = after(BOOKED)
    assert fold(kept, stored.record(e.CustomerRegistered(id="cus_77"), "customer/cus_77")) is kept


def test_a_stream_that_opens_with_a_change_is_damage_and_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="damaged"):
        after(e.AppointmentConfirmed())


def test_changed_details_take_the_place_of_those_before_and_change_nothing_else() -> None:
    news = e.AppointmentDetailsChanged(details=e.Details(coordinators=["cho"], source="online"))
    before, now = after(BOOKED).appointment, after(BOOKED, news).appointment
    assert (now.notes, now.coordinators) == (None, ["cho"])
    assert changed(before, now) == {"notes", "custom_fields", "external_ids", "coordinators"}


def test_a_label_belongs_to_its_status_and_goes_with_it() -> None:
    labelled = e.AppointmentConfirmed(sub_status="sure", reason=stored.SEALED)
    seen = after(BOOKED, labelled).appointment
    assert (seen.sub_status, seen.reasons) == ("sure", {"confirmed": stored.SEALED})
    assert after(BOOKED, labelled, MOVED).appointment.sub_status == "sure"
    assert after(BOOKED, labelled, e.AppointmentDetailsChanged(details=stored.DETAILS)).appointment.sub_status == "sure"
    relabelled = e.AppointmentDetailsChanged(details=stored.DETAILS, sub_status=None)
    assert after(BOOKED, labelled, relabelled).appointment.sub_status is None
    for event in (e.AppointmentCheckedIn(), e.ConfirmationUndone(), e.AppointmentCancelled(), e.HoldExpired(
        expires_at=stored.at("09:05"))):  # fmt: skip
        assert after(BOOKED, labelled, event).appointment.sub_status is None


def test_a_reason_is_told_where_there_is_one_whether_its_event_was_given_one_later_or_not() -> None:
    said = stored.record(e.AppointmentConfirmed(reason=stored.SEALED)), stored.record(e.AppointmentNoShow(reason="x"))
    assert [reason_of(one) for one in said] == [stored.SEALED, "x"]
    unsaid = e.AppointmentConfirmed(), e.AppointmentNoShow(), e.AppointmentDetailsChanged(details=stored.DETAILS)
    assert [reason_of(stored.record(one)) for one in unsaid] == [None] * 3


def test_an_undone_confirmation_is_as_if_it_had_never_been_but_for_its_reason() -> None:
    undone = after(BOOKED, e.AppointmentConfirmed(), e.ConfirmationUndone(reason=stored.SEALED)).appointment
    assert changed(after(BOOKED).appointment, undone) == {"reasons"}
    assert undone.reasons == {"unconfirmed": stored.SEALED}


def test_a_correction_changes_the_outcome_and_the_stamp_that_goes_with_it() -> None:
    missed = after(BOOKED, e.AppointmentNoShow())
    came = after(BOOKED, e.AppointmentNoShow(), e.AppointmentOutcomeCorrected(outcome="completed"))
    assert changed(missed.appointment, came.appointment) == {"status", "completed_at"}
    back = after(BOOKED, e.AppointmentCompleted(), e.AppointmentOutcomeCorrected(outcome="no_show"))
    assert changed(missed.appointment, back.appointment) == set()


def test_what_is_reinstated_is_as_it_was_booked_and_takes_its_slot_by_that_event() -> None:
    again = e.AppointmentReinstated(slot=stored.slot(), chosen=stored.CHOSEN)
    kept = after(BOOKED, e.AppointmentConfirmed(), e.AppointmentCheckedIn(), e.AppointmentCancelled(), again)
    assert changed(after(BOOKED).appointment, kept.appointment) == set()
    assert (kept.blocks, kept.slot_event) == (True, "evt_1.7.105")
    declined = after(REQUESTED, e.AppointmentDeclined(), again)
    assert (declined.blocks, declined.appointment.status) == (True, "scheduled")


def test_a_tombstone_is_flagged_and_takes_no_time() -> None:
    tombstone = e.AppointmentTombstoned(reason=stored.SEALED)
    kept = after(BOOKED, tombstone)
    assert changed(after(BOOKED).appointment, kept.appointment) == {"tombstoned", "reasons"}
    assert kept.blocks is False
    assert after(REQUESTED, tombstone).appointment.accept_until is None


def test_an_accepted_override_is_published_with_its_reason() -> None:
    seen = after(REQUESTED, e.RequestAccepted(slot=stored.slot(), override=True, reason=stored.SEALED)).appointment
    assert (seen.override, seen.reasons) == (True, {"override": stored.SEALED})
    seen = after(REQUESTED, e.RequestAccepted(reason=stored.SEALED)).appointment
    assert (seen.override, seen.reasons) == (False, {"accepted": stored.SEALED})


def test_add_ons_belong_to_the_slot_that_was_taken_last() -> None:
    oil = ServiceRef(id="oil", name="Hot oil")
    with_oil = msgspec.structs.replace(BOOKED, slot=stored.slot(addons=[oil]))
    assert after(with_oil).appointment.addons == [oil]
    assert after(BOOKED).appointment.addons == []


def test_money_facts_change_the_payment_and_a_refund_s_reason_stays_sealed() -> None:
    amount = Money(amount_minor=6500, currency="USD")
    facts = [
        e.PaymentRecorded(payment_id="pay_1", method="card", amount=amount),
        e.RefundRequested(refund_id="ref_1.apt_5f1c", amount=amount, reason=stored.SEALED),
        e.RefundSettled(refund_id="ref_1.apt_5f1c"),
    ]
    told = [after(BOOKED, *facts[:count]).appointment for count in range(4)]
    assert [seen.payment.status for seen in told] == ["none", "paid", "refund_processing", "refunded"]
    assert (told[-1].payment.paid, told[-1].payment.refunded) == (amount, amount)
    assert changed(told[0], told[3]) == {"payment", "reasons"}
    assert told[-1].reasons == {"refund": stored.SEALED}


def test_what_is_unpaid_says_so_and_nothing_more() -> None:
    assert msgspec.to_builtins(after(BOOKED).appointment.payment) == {"status": "none"}
