"""Add-ons: services given with another one, which make it longer and dearer; offered and booked by the same plan."""

import pytest

from booking.needs import days
from contracts import commands as c
from contracts import events as e
from contracts.values import Money, ServiceRef
from given import Clinic, Fact, ann_works, booked, confirm_it, given, on_it, sent, works
from samples import book, hold_slot, instant, iso, location, service
from scheduling.slots import Ask, Plan, days_needed, offers, plan
from scheduling.zones import to_datetime, to_minute


def usd(minor: int) -> dict[str, object]:
    return {"amount_minor": minor, "currency": "USD"}


OIL = service(id="oil", name="Hot oil", duration_minutes=15, price=usd(1000))
MASK = service(id="mask", name="Mask", duration_minutes=20)
CUT = service(price=usd(6500))
OPEN: tuple[Fact, ...] = (sent(CUT, OIL, MASK), ann_works("09:00-17:00"))


def test_add_ons_make_it_longer_and_dearer_and_are_told() -> None:
    scene = given(*OPEN).when(book("10:00", addons=["oil", "mask"]))
    scene.then_it(
        end=instant("11:05"), price=Money(amount_minor=7500, currency="USD"),
        addons=[ServiceRef(id="oil", name="Hot oil"), ServiceRef(id="mask", name="Mask")],
    )  # fmt: skip
    scene.when(book("11:00", resources=["ann"])).then_refused("slot_unavailable")


def test_a_duration_that_is_named_is_the_whole_one() -> None:
    given(*OPEN).when(book("10:00", addons=["oil"], duration_minutes=40)).then_it(end=instant("10:40"))


def test_an_appointment_without_add_ons_writes_none() -> None:
    scene = given(*OPEN).when(book("10:00")).then_it(addons=[], price=Money(amount_minor=6500, currency="USD"))
    event = scene.written[-1].event
    assert isinstance(event, e.AppointmentBooked)
    assert not event.slot.addons


def test_only_add_ons_have_a_price_where_the_service_has_none() -> None:
    given(sent(OIL), ann_works("09:00-17:00")).when(book("10:00", addons=["oil"])).then_it(
        price=Money(amount_minor=1000, currency="USD")
    )


def test_a_move_and_another_person_keep_the_add_ons_and_what_they_cost() -> None:
    scene = given(*OPEN, works("bob", "09:00-17:00"), booked("10:00", addons=["oil"], resources=["ann"]))
    scene.when(on_it(c.RescheduleAppointment, start=iso("14:00"))).then_it(end=instant("14:45"))
    scene.when(on_it(c.ReassignAppointment)).then(e.AppointmentReassigned)
    scene.then_it(
        addons=[ServiceRef(id="oil", name="Hot oil")], price=Money(amount_minor=7500, currency="USD"), version=3
    )


def test_what_is_held_with_add_ons_is_booked_with_them() -> None:
    scene = given(*OPEN).when(hold_slot("10:00", addons=["oil"])).when(confirm_it(owner="A"))
    scene.then_it(status="scheduled", end=instant("10:45"), addons=[ServiceRef(id="oil", name="Hot oil")])


def test_a_request_that_did_not_block_is_accepted_with_them() -> None:
    asked = sent(service(acceptance="manual", pending_blocks=False, price=usd(6500)))
    scene = given(*OPEN, asked, booked("10:00", addons=["oil"])).when(on_it(c.AcceptRequest))
    scene.then_it(status="scheduled", end=instant("10:45"), addons=[ServiceRef(id="oil", name="Hot oil")])


def test_an_add_on_that_there_is_not_is_refused() -> None:
    given(*OPEN).when(book("10:00", addons=["none"])).then_refused("service_not_found", "addons")


def test_an_add_on_is_given_where_the_service_is() -> None:
    elsewhere = sent(location(id="side"), service(id="sauna", name="Sauna", location_ids=["side"]))
    given(*OPEN, elsewhere).when(book("10:00", addons=["sauna"], location_id="main")).then_refused(
        "resource_not_eligible", "addons"
    )


def test_one_booking_has_one_currency() -> None:
    euros = sent(service(id="tea", name="Tea", price={"amount_minor": 300, "currency": "EUR"}))
    given(*OPEN, euros).when(book("10:00", addons=["tea"])).then_refused("invalid_command", "addons")


def offered(clinic: Clinic, addons: tuple[str, ...]) -> set[int]:
    first, last = to_minute(instant("00:00")), to_minute(instant("tue 00:00"))
    planned = plan(clinic.state.book, Ask(service_id="cut", addons=addons))
    assert isinstance(planned, Plan)
    clinic.load(days_needed(planned, first, last))
    return {one.start for one in offers(clinic.state.book, clinic.state.diary, planned, first, last, clinic.now)}


@pytest.mark.parametrize("addons", [(), ("oil",), ("oil", "mask")])
def test_a_start_is_offered_with_add_ons_exactly_if_it_can_be_booked_with_them(addons: tuple[str, ...]) -> None:
    def clinic() -> Clinic:
        return given(*OPEN, booked("11:00"), booked("15:30")).clinic

    starts = offered(clinic(), addons)
    for minute in range(to_minute(instant("08:00")), to_minute(instant("17:15")), 15):
        wanted = book("10:00", start=to_datetime(minute).isoformat(), addons=list(addons))
        trial = clinic()
        trial.load(days(wanted, trial.view()))
        trial.send(wanted)
        assert (minute in starts) == (trial.refusal is None), to_datetime(minute)
