"""Who was erased is nobody: not found by id or address, never given the id again; what is booked stays."""

import pytest

from contracts import commands as c
from contracts import events as e
from given import ann_works, booked, given, sent
from samples import book, hold_slot, register

JOE = {"id": "joe", "email": "joe@example.com", "name": "Joe Doe"}


def erased(customer_id: str = "joe") -> c.EraseCustomer:
    return c.EraseCustomer(customer_id=customer_id)


def test_somebody_known_is_erased() -> None:
    scene = given(sent(register(**JOE))).when(erased()).then(e.CustomerErased, id="joe")
    assert scene.written[0].stream == "customer/joe"


def test_nobody_is_erased_who_is_not_there_or_not_any_more() -> None:
    given().when(erased()).then_refused("customer_not_found", "customer_id")
    given(sent(register(**JOE), erased())).when(erased()).then_refused("customer_not_found", "customer_id")


@pytest.mark.parametrize("named", [{"id": "joe"}, JOE])
def test_the_id_is_never_used_again_whatever_else_is_said(named: dict[str, str]) -> None:
    scene = given(ann_works("09:00-17:00"), sent(register(**JOE), erased()))
    scene.when(book("10:00", customer=named)).then_refused("customer_not_found", "customer.id")
    scene.when(hold_slot("10:00", customer=named)).then_refused("customer_not_found", "customer.id")
    scene.when(register(**named)).then_refused("customer_not_found", "id")


def test_the_address_becomes_somebody_elses() -> None:
    scene = given(ann_works("09:00-17:00"), sent(register(**JOE), erased()))
    scene.when(book("10:00", customer={"email": "JOE@example.com"})).then(e.CustomerRegistered, e.AppointmentBooked)
    anew = scene.clinic.appointment().customer
    assert anew is not None
    assert anew.id != "joe"
    scene.when(book("11:00", customer={"email": "joe@example.com"})).then(
        e.CustomerLinked, e.AppointmentBooked, customer=anew
    )


def test_what_is_booked_stays_and_goes_on() -> None:
    scene = given(ann_works("09:00-17:00"), booked("10:00", customer=JOE), sent(erased()))
    assert scene.clinic.appointment().status == "scheduled"
    scene.when(c.CancelAppointment(appointment_id=scene.clinic.it)).then(e.AppointmentCancelled)
