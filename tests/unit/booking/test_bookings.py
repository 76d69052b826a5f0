"""Bookings: at once or subject to acceptance, over an objection only with a recorded reason."""

from booking.timers import timer_of
from contracts import commands as c
from contracts import events as e
from contracts.values import Money
from given import ann_works, booked, given, given_nothing, on_it, sent, works
from samples import book, instant, location, service

PRICE = {"amount_minor": 6500, "currency": "USD"}


def test_a_booking_takes_its_slot_and_states_all_that_was_agreed() -> None:
    scene = given(
        sent(location(tz="America/New_York")),
        sent(service(buffer_before_minutes=5, buffer_after_minutes=10, price=PRICE)),
        ann_works("05:00-12:00"),
    )
    scene.when(book("14:00", notes="Fringe")).then(e.CustomerRegistered, e.AppointmentBooked, override=False)
    seen = scene.clinic.appointment()
    assert (seen.status, seen.version, seen.notes, seen.location_id) == ("scheduled", 1, "Fringe", "main")
    assert (seen.start, seen.end) == (instant("14:00"), instant("14:30"))
    assert (seen.busy.start, seen.busy.end) == (instant("13:55"), instant("14:40"))
    assert (seen.tz, seen.local_start) == ("America/New_York", "2026-03-02T09:00:00-05:00")
    assert [resource.name for resource in seen.resources] == ["Ann"]
    assert seen.price == Money(amount_minor=6500, currency="USD")


def test_a_local_time_is_placed_by_its_zone() -> None:
    scene = given(ann_works("09:00-17:00"))
    scene.when(book("10:00", start="2026-03-02T05:00", tz="America/New_York")).then_it(start=instant("10:00"))
    scene.when(book("10:00", start="2026-03-02T12:00")).then_refused("invalid_command", "start")
    scene.when(book("10:00", start="2026-03-02T12:00", tz="Mars/Olympus")).then_refused("unknown_zone", "tz")


def test_a_local_time_that_the_clocks_skip_does_not_exist() -> None:
    scene = given(ann_works("00:00-24:00"))
    scene.when(book("10:00", start="2026-03-08T02:30", tz="America/New_York"))
    scene.then_refused("nonexistent_local_time", "start")
    assert scene.clinic.refusal is not None
    assert len(scene.clinic.refusal.alternatives) == 2


def test_a_taken_slot_is_refused_with_the_event_that_took_it() -> None:
    scene = given(ann_works("09:00-17:00"), booked("10:00")).when(book("10:15")).then_refused("slot_unavailable")
    refusal = scene.clinic.refusal
    assert refusal is not None
    assert {blocker.event_id for blocker in refusal.blockers} == {scene.clinic.records[-1].event_id}


def test_a_room_that_is_missing_is_told_apart_from_a_person() -> None:
    needs_room = service(requires=[{"kind": "staff"}, {"kind": "room"}])
    scene = given(
        sent(needs_room), ann_works("09:00-17:00"), works("bob", "09:00-17:00"),
        works("room1", "00:00-24:00", kind="room"), booked("10:00"),
    )  # fmt: skip
    scene.then_it(resources=scene.clinic.appointment().resources)
    assert {resource.id for resource in scene.clinic.appointment().resources} == {"ann", "room1"}
    scene.when(book("10:00")).then_refused("resource_unavailable", kind="room")


def test_any_means_the_first_that_is_free_by_id() -> None:
    scene = given(works("bob", "09:00-17:00"), ann_works("09:00-17:00"))
    for name in ("ann", "bob"):
        scene.when(book("10:00"))
        assert [resource.id for resource in scene.clinic.appointment().resources] == [name]
    scene.when(book("10:00")).then_refused("slot_unavailable")


def test_a_booking_lies_in_the_future_unless_it_is_history() -> None:
    scene = given(ann_works("09:00-17:00")).at("12:00")
    scene.when(book("10:00")).then_refused("in_past")
    scene.when(book("10:00"), imported=True).then_it(status="scheduled", start=instant("10:00"))


def test_outside_the_hours_nothing_is_booked() -> None:
    given(ann_works("09:00-17:00")).when(book("16:45")).then_refused("outside_hours")


def test_what_a_booking_names_has_to_exist() -> None:
    scene = given(ann_works("09:00-17:00"))
    scene.when(book("10:00", service_id="none")).then_refused("service_not_found", "service_id")
    scene.when(book("10:00", location_id="none")).then_refused("not_found", "location_id")
    scene.when(book("10:00", customer={"id": "cus_none"})).then_refused("customer_not_found", "customer.id")


def test_a_resource_that_does_not_offer_the_service_is_not_eligible() -> None:
    scene = given(ann_works("09:00-17:00"), sent(service("shave")))
    wanted = book("10:00", service_id="shave", resources=["ann"])
    scene.when(wanted).then_refused("resource_not_eligible", "resources", kind="staff")


def test_an_id_of_the_caller_s_is_kept_and_used_once() -> None:
    scene = given(ann_works("09:00-17:00"), booked("10:00", id="visit-17")).then_it(id="visit-17")
    scene.when(book("11:00", id="visit-17")).then_refused("invalid_command", "id")


def test_an_override_books_over_an_objection_and_records_why() -> None:
    scene = given(ann_works("09:00-17:00"), booked("10:00"))
    scene.when(book("10:00", override=True, reason="Both want to")).then(
        e.CustomerLinked, e.AppointmentBooked, override=True, override_reason="Both want to"
    ).then_it(override=True)


def test_an_override_against_nothing_is_an_ordinary_booking() -> None:
    given(ann_works("09:00-17:00")).when(book("10:00", override=True, reason="Just in case")).then(
        e.CustomerRegistered, e.AppointmentBooked, override=False, override_reason=None
    )


def test_an_overriding_booking_needs_no_acceptance() -> None:
    given(sent(service(acceptance="manual")), ann_works("09:00-17:00"), booked("10:00")).when(
        book("10:00", override=True, reason="They came together")
    ).then(e.CustomerLinked, e.AppointmentBooked, override=True)


def test_a_request_blocks_its_slot_until_it_is_declined() -> None:
    scene = given(sent(service(acceptance="manual")), ann_works("09:00-17:00"), booked("10:00"))
    scene.then_it(status="requested", accept_until=None).when(book("10:00")).then_refused("slot_unavailable")
    scene.when(on_it(c.DeclineRequest, reason="Ann is ill")).then(e.AppointmentDeclined, reason="Ann is ill")
    scene.when(book("10:00")).then_it(status="requested")


def test_an_accepted_request_is_scheduled_in_its_slot() -> None:
    scene = given(sent(service(acceptance="manual")), ann_works("09:00-17:00"), booked("10:00"))
    scene.when(on_it(c.AcceptRequest)).then(e.RequestAccepted, slot=None).then_it(status="scheduled")
    scene.when(book("10:00")).then_refused("slot_unavailable")


def test_a_request_that_nobody_accepts_in_time_lapses_by_itself() -> None:
    manual = service(acceptance="manual", accept_within_minutes=60)
    scene = given(sent(manual), ann_works("09:00-17:00"), booked("10:00")).then_it(accept_until=instant("09:00"))
    assert timer_of(scene.clinic.state.kept[f"appointment/{scene.clinic.it}"]) == instant("09:00")
    scene.at("08:59").when(book("10:00")).then_refused("slot_unavailable")
    scene.at("09:00").when(on_it(c.AcceptRequest)).then_illegal("expired", "scheduled", [])
    scene.when(book("10:00")).then_it(status="requested")


def test_a_request_that_does_not_block_is_decided_against_the_diary_when_it_is_accepted() -> None:
    manual = service(acceptance="manual", pending_blocks=False)
    scene = given(sent(manual), ann_works("09:00-17:00"), booked("10:00", id="one"), booked("10:00", id="two"))
    scene.when(on_it(c.AcceptRequest, appointment_id="one"))
    assert scene.clinic.appointment("one").status == "scheduled"
    for kind in (c.AcceptRequest, c.ConfirmAppointment):
        scene.when(on_it(kind, appointment_id="two")).then_refused("slot_unavailable")


def test_the_slot_of_a_late_acceptance_has_the_buffers_it_was_decided_with() -> None:
    manual = service(acceptance="manual", pending_blocks=False)
    padded = service(acceptance="manual", pending_blocks=False, buffer_after_minutes=30)
    scene = given(sent(manual), ann_works("09:00-17:00"), booked("10:00"), sent(padded))
    scene.when(on_it(c.AcceptRequest))
    assert scene.clinic.appointment().busy.end == instant("11:00")


def test_a_customer_s_yes_to_a_request_accepts_it_too() -> None:
    given(sent(service(acceptance="manual")), ann_works("09:00-17:00"), booked("10:00")).when(
        on_it(c.ConfirmAppointment)
    ).then(e.RequestAccepted, e.AppointmentConfirmed).then_it(status="confirmed")


def test_a_tenant_that_was_never_defined_books_nothing() -> None:
    given_nothing().when(book("10:00")).then_refused("unknown_tenant")


def test_an_option_has_its_own_length_and_price() -> None:
    long = {
        "id": "long",
        "name": "Long hair",
        "duration_minutes": 45,
        "price": PRICE,
    }
    scene = given(sent(service(options=[long])), ann_works("09:00-17:00"), booked("10:00", option_id="long"))
    scene.then_it(end=instant("10:45"), price=Money(amount_minor=6500, currency="USD"))
    assert scene.clinic.appointment().service.option == "long"
