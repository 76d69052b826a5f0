"""Customers: known by id, else by e-mail however it is spelled, else new."""

import pytest

from booking.state import CustomerNotLoaded
from contracts import events as e
from contracts.personal import Sealed
from contracts.values import CustomerRef
from given import ann_works, booked, confirm_it, email_key, given, held, sent
from samples import book, hold_slot, register


def test_somebody_unknown_is_registered_under_an_id_of_ours() -> None:
    scene = given().when(register(name="Joe Doe", email="Joe@Example.com", phone="555", language="en"))
    scene.then(
        e.CustomerRegistered, name="Joe Doe", email="Joe@Example.com", phone="555", language="en",
        email_key=email_key("joe@example.com"),
    )  # fmt: skip
    event = scene.written[0].event
    assert isinstance(event, e.CustomerRegistered)
    assert event.id.startswith("cus_")
    assert scene.written[0].stream == f"customer/{event.id}"


def test_an_id_of_the_caller_s_is_kept() -> None:
    given().when(register(id="joe")).then(e.CustomerRegistered, id="joe", email_key=None)


def test_somebody_known_by_id_is_linked_whatever_else_is_said() -> None:
    scene = given(sent(register(id="joe", email="joe@example.com"), register(id="sue", email="sue@example.com")))
    scene.when(register(id="joe", email="sue@example.com")).then(e.CustomerLinked, id="joe", by="id")


def test_somebody_known_by_e_mail_is_linked_however_it_is_spelled() -> None:
    scene = given(sent(register(id="joe", email="joe@example.com")))
    scene.when(register(email="JOE@Example.COM")).then(e.CustomerLinked, id="joe", by="email")
    scene.when(register(id="new", email="joe@example.com")).then(e.CustomerLinked, id="joe", by="email")


def test_two_people_of_one_name_are_two_people() -> None:
    scene = given(sent(register(name="Joe"))).when(register(name="Joe")).then(e.CustomerRegistered)
    assert len(scene.clinic.state.customers) == 2


def test_a_booking_registers_its_new_customer_first() -> None:
    scene = given(ann_works("09:00-17:00")).when(book("10:00", customer={"email": "joe@example.com", "name": "Joe"}))
    scene.then(e.CustomerRegistered, e.AppointmentBooked)
    customer = scene.clinic.appointment().customer
    assert customer is not None
    assert scene.written[0].stream == f"customer/{customer.id}"
    assert (customer.name, customer.email) == ("Joe", "joe@example.com")


KNOWN = ann_works("09:00-17:00"), sent(register(id="joe", email="joe@example.com", name="Joe"))
JOE = CustomerRef(id="joe", name="Joe", email="joe@example.com")


def test_a_booking_by_id_writes_only_the_booking_whatever_else_is_said() -> None:
    scene = given(*KNOWN).when(book("10:00", customer={"id": "joe"})).then(e.AppointmentBooked, customer=JOE)
    scene.when(book("11:00", customer={"id": "joe", "email": "JOE@example.com"})).then(
        e.AppointmentBooked, customer=JOE
    )


def test_a_booking_by_the_address_of_somebody_known_says_whom_it_led_to() -> None:
    scene = given(*KNOWN).when(book("10:00", customer={"email": "JOE@example.com"}))
    scene.then(e.CustomerLinked, e.AppointmentBooked, customer=JOE)
    assert (scene.written[0].stream, scene.written[0].event) == ("customer/joe", e.CustomerLinked(id="joe", by="email"))
    scene.when(book("11:00", customer={"id": "new", "email": "joe@example.com"})).then(
        e.CustomerLinked, e.AppointmentBooked, customer=JOE
    )


def test_a_refused_booking_links_nobody() -> None:
    scene = given(*KNOWN, booked("10:00", customer={"id": "joe"}))
    scene.when(book("10:00", customer={"email": "joe@example.com"})).then_refused("slot_unavailable")


def test_a_hold_is_linked_once_and_not_again_when_it_is_confirmed_for_the_same() -> None:
    scene = given(*KNOWN).when(hold_slot("10:00", customer={"email": "joe@example.com"}))
    scene.then(e.CustomerLinked, e.AppointmentHeld, customer=JOE)
    scene.when(confirm_it(owner="A", customer={"email": "joe@example.com"})).then(e.AppointmentBooked, customer=JOE)
    held_for_nobody = given(*KNOWN, held("10:00"))
    held_for_nobody.when(confirm_it(owner="A", customer={"email": "joe@example.com"})).then(
        e.CustomerLinked, e.AppointmentBooked, customer=JOE
    )


def test_an_unknown_id_alone_is_nobody_wherever_a_customer_is_named() -> None:
    nobody = {"id": "cus_none"}
    scene = given(ann_works("09:00-17:00"), held("10:00"))
    for what in (
        book("11:00", customer=nobody),
        hold_slot("11:00", customer=nobody),
        confirm_it(owner="A", customer=nobody),
    ):
        scene.when(what).then_refused("customer_not_found", "customer.id")


def test_an_unknown_id_with_a_name_is_registered_under_that_id() -> None:
    scene = given(ann_works("09:00-17:00")).when(book("10:00", customer={"id": "joe", "name": "Joe"}))
    scene.then(e.CustomerRegistered, e.AppointmentBooked, customer=CustomerRef(id="joe", name="Joe"))


def test_a_refused_booking_registers_nobody() -> None:
    scene = given(ann_works("09:00-17:00"), booked("10:00"))
    scene.when(book("10:00", customer={"id": "sue", "name": "Sue"})).then_refused("slot_unavailable")
    assert "sue" not in scene.clinic.state.customers


def test_sealed_members_are_copied_as_they_are() -> None:
    scene = given(ann_works("09:00-17:00"), sent(register(id="joe", name="Joe")))
    sealed = Sealed("customer/joe.1.c2VjcmV0")
    scene.clinic.state.customers["joe"] = scene.clinic.state.customers["joe"].__class__(id="joe", name=sealed)
    scene.when(book("10:00", customer={"id": "joe"})).then(
        e.AppointmentBooked, customer=CustomerRef(id="joe", name=sealed)
    )


def test_whose_words_they_are_says_whose_key_seals_them() -> None:
    scene = given(ann_works("09:00-17:00")).when(book("10:00", customer={"id": "joe", "name": "Joe"}))
    assert {change.subject for change in scene.clinic.changes} == {"customer/joe"}


def test_a_customer_found_by_e_mail_but_not_loaded_is_asked_for_not_guessed() -> None:
    scene = given(ann_works("09:00-17:00"), sent(register(id="joe", email="joe@example.com")))
    del scene.clinic.state.customers["joe"]
    with pytest.raises(CustomerNotLoaded) as missing:
        scene.when(book("10:00", customer={"email": "joe@example.com"}))
    assert missing.value.streams == {"customer/joe"}
