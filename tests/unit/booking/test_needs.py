"""What a command needs loaded is known before it is decided, so nothing is fetched one by one."""

import pytest

from booking.decide import decide
from booking.needs import customers, days, needs
from booking.view import Ids
from contracts import commands as c
from contracts.errors import Rejection
from given import ann_works, booked, given, on_it, sent, works
from samples import book, command, hold_slot, instant, register, service, tenant
from scheduling.diary import DayNotLoaded
from scheduling.zones import to_minute


@pytest.mark.parametrize(
    ("wanted", "streams", "emails"),
    [
        (tenant(), set(), set()),
        (register(id="joe"), {"customer/joe"}, set()),
        (register(id="joe", email="joe@example.com"), {"customer/joe"}, {"joe@example.com"}),
        (hold_slot("10:00"), set(), set()),
        (hold_slot("10:00", customer={"id": "joe"}), {"customer/joe"}, set()),
        (book("10:00", customer={"id": "joe"}, id="visit"), {"customer/joe"}, set()),
        (book("10:00", customer={"email": "joe@example.com"}), set(), {"joe@example.com"}),
        (command(c.ExtendHold, hold_id="apt_1"), {"appointment/apt_1"}, set()),
        (command(c.ReleaseHold, hold_id="apt_1"), {"appointment/apt_1"}, set()),
        (command(c.ConfirmHold, hold_id="apt_1", customer={"id": "joe"}), {"appointment/apt_1", "customer/joe"}, set()),
        (command(c.CancelAppointment, appointment_id="apt_1"), {"appointment/apt_1"}, set()),
    ],
    ids=lambda value: type(value).__name__,
)
def test_streams_and_addresses_follow_from_the_command(wanted: c.Command, streams: set[str], emails: set[str]) -> None:
    found = needs(wanted)
    assert (found.streams, found.emails) == (streams, emails)


def test_only_a_booking_opens_a_stream_that_the_caller_named() -> None:
    booking = book("10:00", customer={"id": "joe"}, id="visit")
    assert needs(booking).opens == "appointment/visit"
    assert needs(booking).named == {"appointment/visit", "customer/joe"}
    assert needs(book("10:00", customer={"id": "joe"})).opens is None


def day_of(text: str) -> int:
    return to_minute(instant(text)) // 1440


def test_a_booking_needs_the_days_of_everybody_who_could_serve() -> None:
    clinic = given(ann_works("09:00-17:00"), works("bob", "09:00-17:00"), works("cho", "09:00-17:00")).clinic
    needed = days(book("10:00"), clinic.view())
    assert {resource_id for resource_id, _ in needed} == {"ann", "bob", "cho"}
    assert {("ann", day_of("10:00")), ("bob", day_of("10:00"))} <= needed
    assert {resource_id for resource_id, _ in days(book("10:00", resources=["bob"]), clinic.view())} == {"bob"}


def test_a_slot_over_midnight_needs_both_days() -> None:
    clinic = given(ann_works("00:00-24:00")).clinic
    needed = days(book("23:45"), clinic.view())
    assert {("ann", day_of("23:45")), ("ann", day_of("tue 00:15"))} <= needed


def test_what_will_be_refused_needs_no_days() -> None:
    view = given(ann_works("09:00-17:00")).clinic.view()
    assert days(book("10:00", service_id="none"), view) == set()
    assert days(book("10:00", start="2026-03-02T10:00"), view) == set()
    assert days(command(c.ReassignAppointment, appointment_id="none"), view) == set()


def test_only_what_moves_needs_days() -> None:
    clinic = given(ann_works("09:00-17:00"), works("bob", "09:00-17:00"), booked("10:00")).clinic
    view = clinic.view()
    assert days(on_it(c.CancelAppointment)(clinic), view) == set()
    assert days(on_it(c.ConfirmAppointment)(clinic), view) == set()
    moved = on_it(c.RescheduleAppointment, start=instant("wed 10:00").isoformat())(clinic)
    assert ("ann", day_of("wed 10:00")) in days(moved, view)
    assert ("bob", day_of("10:00")) in days(on_it(c.ReassignAppointment)(clinic), view)


def test_a_request_that_did_not_block_needs_its_days_to_be_accepted() -> None:
    manual = service(acceptance="manual", pending_blocks=False)
    clinic = given(sent(manual), ann_works("09:00-17:00"), booked("10:00")).clinic
    for kind in (c.AcceptRequest, c.ConfirmAppointment):
        assert ("ann", day_of("10:00")) in days(on_it(kind)(clinic), clinic.view())


def test_a_day_that_was_not_loaded_is_asked_for_not_guessed() -> None:
    clinic = given(ann_works("09:00-17:00")).clinic
    with pytest.raises(DayNotLoaded):
        decide(book("10:00"), clinic.view())
    clinic.load(days(book("10:00"), clinic.view()))
    assert not isinstance(decide(book("10:00"), clinic.view()), Rejection)


def test_an_address_that_leads_to_somebody_names_their_stream_unless_they_are_here() -> None:
    clinic = given(sent(register(id="joe", email="joe@example.com"))).clinic
    by_address = book("10:00", customer={"email": "Joe@Example.com"})
    assert customers(by_address, clinic.view()) == set()
    del clinic.state.customers["joe"]
    assert customers(by_address, clinic.view()) == {"customer/joe"}
    assert customers(book("10:00", customer={"name": "Joe"}), clinic.view()) == set()


def test_ids_follow_from_the_command_alone_and_never_repeat() -> None:
    def drawn(*inputs: str) -> list[str]:
        ids = Ids(*inputs)
        return [ids("apt_"), ids("apt_"), ids("cus_")]

    once = drawn("acme", "shop", "1")
    assert drawn("acme", "shop", "1") == once
    others = [drawn("acme", "shop", "2"), drawn("acme", "desk", "1"), drawn("bell", "shop", "1")]
    drawn_bodies = [made.partition("_")[2] for ids in (once, *others) for made in ids]
    assert len(set(drawn_bodies)) == len(drawn_bodies)
