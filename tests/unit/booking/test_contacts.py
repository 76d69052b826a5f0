"""Contacts: other details of a customer, and an address that leads to one person at a time."""

from typing import Any

import pytest

from contracts import commands as c
from contracts import events as e
from contracts.personal import Sealed
from contracts.values import CustomerRef
from given import ann_works, booked, email_key, given, sent
from samples import block, book, command, register

JOE = {"id": "joe", "name": "Joe Doe", "email": "joe@example.com", "phone": "555", "language": "en"}
SUE = {"id": "sue", "name": "Sue", "email": "sue@example.com"}
OPEN = ann_works("09:00-17:00"), sent(register(**JOE, external_ids={"shop": "7"}), register(**SUE))


def change(id: str = "joe", **members: Any) -> c.ChangeCustomer:
    return command(c.ChangeCustomer, customer_id=id, **members)


def test_only_what_is_given_changes() -> None:
    scene = given(*OPEN).when(change(phone="777")).then(
        e.CustomerChanged, id="joe", name="Joe Doe", email="joe@example.com", phone="777", language="en",
        external_ids={"shop": "7"}, email_key=email_key("joe@example.com"), left_email_key=None,
    )  # fmt: skip
    assert scene.written[0].stream == "customer/joe"
    scene.when(change(external_ids={"crm": "9"})).then(e.CustomerChanged, phone="777", external_ids={"crm": "9"})


def test_null_empties() -> None:
    given(*OPEN).when(change(phone=None, language=None, external_ids=None)).then(
        e.CustomerChanged, phone=None, language=None, external_ids={}, name="Joe Doe"
    )


def test_what_is_carried_on_stays_sealed_as_it_is() -> None:
    scene, sealed = given(*OPEN), Sealed("customer/joe.1.c2VjcmV0")
    known = scene.clinic.state.customers
    known["joe"] = known["joe"].__class__(id="joe", name=sealed, phone=sealed, external_ids={"shop": sealed})
    scene.when(change(language="de")).then(
        e.CustomerChanged, name=sealed, phone=sealed, external_ids={"shop": sealed}, language="de"
    )


@pytest.mark.parametrize("same", [{}, {"language": "en"}])
def test_what_is_so_already_is_no_news(same: dict[str, Any]) -> None:
    given(*OPEN).when(change(**same)).then_nothing()


def test_bookings_and_messages_have_the_new_details() -> None:
    scene = given(*OPEN, sent(change(name="Joseph", email="joseph@example.com", phone="777")))
    scene.when(book("10:00", customer={"id": "joe"})).then(
        e.AppointmentBooked,
        customer=CustomerRef(id="joe", name="Joseph", email="joseph@example.com", phone="777"),
    )


def test_what_is_booked_keeps_the_details_it_was_booked_with() -> None:
    scene = given(*OPEN, booked("10:00", customer={"id": "joe"}), sent(change(phone="777")))
    assert scene.clinic.appointment().customer == CustomerRef(
        id="joe", name="Joe Doe", email="joe@example.com", phone="555"
    )


def whom(scene: Any, email: str) -> str:
    """To whom a booking by this address goes."""
    scene.when(book("10:00", customer={"email": email}))
    assert scene.clinic.refusal is None
    found: str = scene.written[0].event.id
    return found


def test_the_new_address_leads_to_them_and_the_old_one_no_more() -> None:
    changed = sent(change(email="Joseph@example.com"))
    scene = given(*OPEN, changed)
    assert whom(scene, "JOSEPH@example.com") == "joe"
    assert whom(given(*OPEN, changed), "joe@example.com") not in ("joe", "sue")
    scene.when(register(id="pat", email="joe@example.com")).then(e.CustomerRegistered, id="pat")


def test_an_address_may_go_and_come_back() -> None:
    away = sent(change(email=None), change(email="joe@example.com"))
    assert whom(given(*OPEN, away), "joe@example.com") == "joe"
    given(*OPEN).when(change(email=None)).then(
        e.CustomerChanged, email=None, email_key=None, left_email_key=email_key("joe@example.com")
    )


def test_an_address_of_somebody_else_is_refused() -> None:
    scene = given(*OPEN).when(change(email="SUE@example.com")).then_refused("invalid_command", "email")
    assert whom(scene, "sue@example.com") == "sue"


def test_an_address_that_somebody_left_or_took_with_them_is_free() -> None:
    given(*OPEN, sent(change("sue", email="s@example.com"))).when(change(email="sue@example.com")).then(
        e.CustomerChanged
    )
    given(*OPEN, sent(command(c.EraseCustomer, customer_id="sue"))).when(change(email="sue@example.com")).then(
        e.CustomerChanged
    )


def test_ones_own_address_in_another_spelling_is_kept() -> None:
    scene = (
        given(*OPEN)
        .when(change(email="JOE@Example.com"))
        .then(e.CustomerChanged, email="JOE@Example.com", left_email_key=None)
    )
    assert whom(scene, "joe@example.com") == "joe"


def test_who_is_blocked_stays_so() -> None:
    scene = given(*OPEN, sent(block("joe"), change(phone="777")))
    scene.when(book("10:00", customer={"id": "joe"})).then_refused("customer_blocked", "customer")


def test_nobody_unknown_or_erased_is_changed() -> None:
    given(*OPEN).when(change("nobody", phone="1")).then_refused("customer_not_found", "customer_id")
    gone = sent(command(c.EraseCustomer, customer_id="joe"))
    given(*OPEN, gone).when(change(phone="1")).then_refused("customer_not_found", "customer_id")


def test_the_address_changed_to_leads_to_nobody_once_they_are_erased() -> None:
    changed = sent(change(email="joseph@example.com"), command(c.EraseCustomer, customer_id="joe"))
    assert whom(given(*OPEN, changed), "joseph@example.com") not in ("joe", "sue")
