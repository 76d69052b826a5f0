"""Blocked customers: refused holds and bookings from then on; what is booked stays, until they are welcome again."""

from typing import Any

import pytest

from booking.state import CustomerNotLoaded
from contracts import commands as c
from contracts import events as e
from given import ann_works, booked, confirm_it, given, held, on_it, sent
from samples import block, book, hold_slot, iso, register, unblock

JOE = {"id": "joe", "email": "joe@example.com"}
OPEN = ann_works("09:00-17:00"), sent(register(name="Joe", **JOE))


def test_a_customer_is_blocked_and_unblocked() -> None:
    scene = given(*OPEN).when(block("joe", reason="never came")).then(e.CustomerBlocked, id="joe", reason="never came")
    assert scene.written[0].stream == "customer/joe"
    scene.when(block("joe")).then_nothing()
    scene.when(unblock("joe")).then(e.CustomerUnblocked, id="joe")
    scene.when(unblock("joe")).then_nothing()


@pytest.mark.parametrize("what", [block, unblock])
def test_nobody_unknown_is_blocked(what: Any) -> None:
    given().when(what("nobody")).then_refused("customer_not_found", "customer_id")


@pytest.mark.parametrize("named", [{"id": "joe"}, {"email": "JOE@example.com"}, JOE])
def test_who_is_blocked_neither_books_nor_holds_however_they_are_named(named: dict[str, str]) -> None:
    scene = given(*OPEN, sent(block("joe")))
    scene.when(book("10:00", customer=named)).then_refused("customer_blocked", "customer")
    scene.when(hold_slot("10:00", customer=named)).then_refused("customer_blocked", "customer")
    scene.when(book("10:00", customer=named, override=True, reason="please")).then_refused(
        "customer_blocked", "customer"
    )


@pytest.mark.parametrize("confirmed_for", [None, {"id": "joe"}])
def test_what_was_held_for_somebody_blocked_since_is_not_booked(confirmed_for: dict[str, str] | None) -> None:
    scene = given(*OPEN, held("10:00", by="A", customer=JOE), sent(block("joe")))
    scene.when(confirm_it(owner="A", customer=confirmed_for)).then_refused("customer_blocked", "customer")


def test_a_hold_s_customer_who_is_not_here_is_asked_for_not_guessed() -> None:
    scene = given(*OPEN, held("10:00", by="A", customer=JOE))
    del scene.clinic.state.customers["joe"]
    with pytest.raises(CustomerNotLoaded):
        scene.when(confirm_it(owner="A", customer=None))


def test_others_book_as_ever_and_the_blocked_one_too_once_unblocked() -> None:
    scene = given(*OPEN, sent(block("joe")))
    scene.when(book("10:00", customer={"name": "Sue"})).then_it(status="scheduled")
    scene.when(unblock("joe")).when(book("11:00", customer=JOE)).then_it(status="scheduled")


def test_what_is_booked_stays_and_may_move() -> None:
    scene = given(*OPEN, booked("10:00", customer=JOE), sent(block("joe")))
    scene.when(on_it(c.RescheduleAppointment, start=iso("11:00"))).then(e.AppointmentRescheduled)


def test_history_is_written_whoever_is_blocked_now() -> None:
    given(*OPEN, sent(block("joe"))).when(book("08:30", customer=JOE), imported=True).then_refused("outside_hours")
    given(*OPEN, sent(block("joe"))).when(book("10:00", customer=JOE), imported=True).then_it(status="scheduled")
