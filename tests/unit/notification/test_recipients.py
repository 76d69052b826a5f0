"""Recipients: messages go to whoever the customer is now, by the address and in the language they have now."""

from typing import Any

from contracts import commands as c
from given import Scene, ann_works, booked, given, sent
from notification.sending.recipients import Person, customer, customer_stream, leads_to
from samples import command, register

JOE = register(id="joe", name="Joe", email="joe@example.com", phone="555", language="de")
OPEN = ann_works("09:00-17:00"), sent(JOE), booked("10:00", customer={"id": "joe"})


def person(scene: Scene) -> Person:
    """As it is found for the appointment made last."""
    by_stream: dict[str, Any] = {}
    for record in scene.clinic.records:
        by_stream.setdefault(record.stream, []).append(record)
    seen = scene.clinic.appointment()
    stream = customer_stream(seen)
    assert stream is not None
    return customer(seen, by_stream.get(leads_to(stream, by_stream.get(stream, ())), ()))


def test_a_message_goes_in_the_customer_s_language_to_the_address_they_gave() -> None:
    assert person(given(*OPEN)) == Person("Joe", "joe@example.com", "555", "de")


def test_what_changed_since_the_booking_counts() -> None:
    changed = command(c.ChangeCustomer, customer_id="joe", email="j@example.com", phone=None, language="en")
    assert person(given(*OPEN, sent(changed))) == Person("Joe", "j@example.com", None, "en")


def test_whoever_was_merged_is_written_to_as_the_one_who_stayed() -> None:
    sue, pat = register(id="sue", name="Sue", email="sue@example.com"), register(id="pat", name="Pat", language="en")
    first, then = (
        command(c.MergeCustomers, customer_id=gone, into=into) for gone, into in (("joe", "sue"), ("sue", "pat"))
    )
    assert person(given(*OPEN, sent(sue, first))) == Person("Sue", "sue@example.com", "555", "de")
    assert person(given(*OPEN, sent(sue, pat, first, then))) == Person("Pat", "sue@example.com", "555", "en")


def test_who_was_erased_is_nobody() -> None:
    assert person(given(*OPEN, sent(command(c.EraseCustomer, customer_id="joe")))) == Person()


def test_a_customer_of_whom_nothing_is_written_is_as_the_booking_has_them() -> None:
    scene = given(*OPEN)
    assert customer(scene.clinic.appointment(), ()) == Person("Joe", "joe@example.com", "555")
