"""What is known of a tenant is a fold; what is only tried leaves no trace."""

from typing import Any

import pytest

from booking.change import Change
from contracts import commands as c
from contracts import events as e
from given import Clinic, ann_works, booked, given, held, sent, works
from samples import book, command, hold_slot, instant, register, resource, service
from scheduling.zones import to_minute


def everything(clinic: Clinic) -> tuple[Any, ...]:
    """All that a decision could see, as values."""
    state = clinic.state
    day = to_minute(instant("00:00")) // 1440
    diary = {name: set(state.diary.on(name, day).intervals) for name in ("ann", "bob")}
    return state.book, dict(state.kept), dict(state.customers), dict(state.by_email), diary


def busy_clinic() -> Clinic:
    clinic = given(
        ann_works("09:00-17:00"), works("bob", "09:00-17:00"), sent(register(id="joe", email="joe@example.com")),
        booked("09:00"), held("10:00", by="A"), booked("11:00"),
    ).clinic  # fmt: skip
    clinic.load({(name, to_minute(instant("00:00")) // 1440) for name in ("ann", "bob")})
    return clinic


TRIED: list[c.Command] = [
    book("12:00", customer={"name": "Sue", "email": "sue@example.com"}),
    hold_slot("13:00", by="B"),
    resource("cho"),
    service(duration_minutes=45),
    register(name="Sue", email="sue@example.com"),
]


def break_after(clinic: Clinic, *commands: c.Command) -> None:
    """A decision that wrote all this when its bug showed."""
    with clinic.state.trial():
        for tried in commands:
            clinic.accept(tried)
        raise ZeroDivisionError("a bug in a decision")


def test_a_decision_that_breaks_half_way_leaves_no_trace() -> None:
    clinic = busy_clinic()
    first = next(iter(clinic.state.kept)).removeprefix("appointment/")
    before = everything(clinic)
    with pytest.raises(ZeroDivisionError):
        break_after(clinic, *TRIED, command(c.CancelAppointment, appointment_id=first))
    assert everything(clinic) == before


def test_a_trial_that_is_not_kept_leaves_no_trace_and_one_that_is_kept_stays() -> None:
    clinic = busy_clinic()
    before = everything(clinic)
    with clinic.state.trial():
        clinic.accept(TRIED[0])
    assert everything(clinic) == before
    with clinic.state.trial() as trial:
        clinic.accept(TRIED[0])
        trial.keep()
    assert clinic.appointment().start == instant("12:00")
    assert everything(clinic) != before


def test_a_trial_after_a_broken_one_starts_clean() -> None:
    clinic = busy_clinic()
    with pytest.raises(ZeroDivisionError):
        break_after(clinic, TRIED[0])
    with clinic.state.trial() as trial:
        clinic.accept(TRIED[1])
        trial.keep()
    assert clinic.appointment().status == "held"


def test_the_same_records_make_the_same_state() -> None:
    clinic, again = busy_clinic(), Clinic()
    again.now = clinic.now
    again.load({(name, to_minute(instant("00:00")) // 1440) for name in ("ann", "bob")})
    for record in clinic.records:
        again.state.evolve(record)
    assert everything(again) == everything(clinic)


def test_the_first_customer_keeps_an_address_that_two_events_claim() -> None:
    clinic = Clinic()
    for name in ("joe", "sue"):
        event = e.CustomerRegistered(id=name, email_key="key")
        clinic.write([Change(f"customer/{name}", event, f"customer/{name}")])
    assert clinic.state.by_email == {"key": "joe"}
