"""Holds: one owner keeps a slot until the instant it expires, whoever tells so and whenever (P7)."""

from booking.decide import decide
from booking.timers import timer_of
from contracts import commands as c
from contracts import events as e
from contracts.errors import Rejection
from contracts.values import Chosen
from given import ann_works, booked, confirm_it, extend_it, given, held, on_it, release_it, sent, works
from samples import book, hold_slot, instant, location, service


def test_a_held_slot_is_kept_for_the_location_s_time_and_owner() -> None:
    given(ann_works("09:00-17:00")).at("09:00").when(hold_slot("10:00", by="A")).then(
        e.AppointmentHeld, owner="A", expires_at=instant("09:05"), extensions_left=1, kind="checkout", customer=None
    ).then_it(status="held", start=instant("10:00"), end=instant("10:30"))


def test_a_hold_without_an_owner_belongs_to_its_sender() -> None:
    given(ann_works("09:00-17:00")).when(hold_slot("10:00", owner=None), source="shop").then(
        e.AppointmentHeld, owner="shop"
    )


def test_a_held_slot_is_taken_for_everybody_else() -> None:
    scene = given(ann_works("09:00-17:00"), held("10:00", by="A", until="09:05")).at("09:04:59.999")
    refusal = scene.when(hold_slot("10:00", by="B")).then_refused("slot_unavailable").clinic.refusal
    assert refusal is not None
    assert [blocker.event_id for blocker in refusal.blockers] == [scene.clinic.records[-1].event_id]


def test_a_hold_frees_its_slot_the_moment_it_expires() -> None:
    given(ann_works("09:00-17:00"), held("10:00", by="A", until="09:05")).at("09:05").when(
        hold_slot("10:00", by="B")
    ).then(e.AppointmentHeld, owner="B")


def test_a_hold_expires_between_two_whole_minutes() -> None:
    scene = given(ann_works("09:00-17:00")).at("09:00:00.25").when(hold_slot("10:00", by="A"))
    scene.at("09:05:00.2").when(book("10:00")).then_refused("slot_unavailable")
    scene.at("09:05:00.25").when(book("10:00")).then_it(status="scheduled")


def test_the_first_command_on_an_expired_hold_tells_its_expiry_and_is_refused() -> None:
    scene = given(ann_works("09:00-17:00"), held("10:00", by="A", until="09:05")).at("09:30")
    for what in (confirm_it(owner="A"), extend_it(owner="A"), release_it(owner="A")):
        scene.when(what).then_refused("hold_expired")
    expiries = [record for record in scene.clinic.records if isinstance(record.event, e.HoldExpired)]
    assert [(record.occurred_at, record.decided_at) for record in expiries] == [(instant("09:05"), instant("09:30"))]


def test_a_hold_is_dead_at_its_expiry_though_nobody_has_told_so() -> None:
    clinic = given(ann_works("09:00-17:00"), held("10:00", by="A", until="09:05")).at("09:05").clinic
    for what in (confirm_it(owner="A"), extend_it(owner="A"), release_it(owner="A")):
        refusal = decide(what(clinic), clinic.view())
        assert isinstance(refusal, Rejection)
        assert refusal.code == "hold_expired"
    assert clinic.appointment().status == "held"


def test_a_request_is_dead_at_its_deadline_though_nobody_has_told_so() -> None:
    manual = service(acceptance="manual", accept_within_minutes=60)
    clinic = given(sent(manual), ann_works("09:00-17:00"), booked("10:00")).at("09:00").clinic
    for kind in (c.AcceptRequest, c.DeclineRequest, c.ConfirmAppointment, c.CancelAppointment, c.ReassignAppointment):
        refusal = decide(on_it(kind)(clinic), clinic.view())
        assert isinstance(refusal, Rejection)
        assert (refusal.code, refusal.members["from"]) == ("invalid_transition", "expired")
    assert clinic.appointment().status == "requested"


def test_a_hold_is_confirmed_until_the_last_instant_and_not_at_its_expiry() -> None:
    for time, works_out in (("09:04:59.999999", True), ("09:05", False)):
        scene = given(ann_works("09:00-17:00"), held("10:00", by="A", until="09:05")).at(time)
        scene.when(confirm_it(owner="A"))
        if works_out:
            scene.then(e.CustomerRegistered, e.AppointmentBooked).then_it(status="scheduled", hold=None)
        else:
            scene.then_refused("hold_expired")


def test_a_confirmed_hold_keeps_its_id_and_its_slot() -> None:
    scene = given(ann_works("09:00-17:00"), held("10:00", by="A", until="09:05"))
    held_id = scene.clinic.it
    scene.when(confirm_it(owner="A", notes="Fringe")).then_it(id=held_id, start=instant("10:00"), notes="Fringe")
    scene.at("12:00").when(book("10:00")).then_refused("in_past")
    assert timer_of(scene.clinic.state.kept[f"appointment/{held_id}"]) is None


def test_a_confirmed_hold_of_a_service_with_acceptance_is_a_request() -> None:
    scene = given(ann_works("09:00-17:00"), sent(service(acceptance="manual", accept_within_minutes=60)))
    scene.at("09:00").when(hold_slot("10:00", by="A")).then(e.AppointmentHeld)
    scene.when(confirm_it(owner="A")).then(
        e.CustomerRegistered, e.AppointmentRequested, accept_until=instant("10:00"), chosen=Chosen(strategy="hold")
    )


def test_a_hold_for_a_customer_is_confirmed_without_naming_them_again() -> None:
    scene = given(ann_works("09:00-17:00")).when(hold_slot("10:00", by="A", customer={"name": "Joe"}))
    scene.then(e.CustomerRegistered, e.AppointmentHeld).when(confirm_it(owner="A", customer=None))
    scene.then(e.AppointmentBooked, customer=scene.clinic.appointment().customer)


def test_a_hold_for_nobody_needs_its_customer_to_become_a_booking() -> None:
    given(ann_works("09:00-17:00"), held("10:00")).when(confirm_it(owner="A", customer=None)).then_refused(
        "invalid_command", "customer"
    )


def test_another_owner_neither_extends_nor_releases_nor_confirms() -> None:
    scene = given(ann_works("09:00-17:00"), held("10:00", by="A"))
    for what in (extend_it(owner="B"), release_it(owner="B"), confirm_it(owner="B"), on_it(c.CancelAppointment)):
        scene.when(what, source="B").then_refused("hold_not_owner")
    scene.then_it(status="held")


def test_an_extended_hold_lasts_from_now_and_only_so_often() -> None:
    scene = given(ann_works("09:00-17:00"), held("10:00", by="A", until="09:05")).at("09:04")
    scene.when(extend_it(owner="A")).then(e.HoldExtended, expires_at=instant("09:09"), extensions_left=0)
    scene.when(extend_it(owner="A")).then_refused("limit_reached", scope="hold")
    scene.at("09:08").when(book("10:00")).then_refused("slot_unavailable")
    scene.at("09:09").when(book("10:00")).then_it(status="scheduled")


def test_an_extension_asks_for_at_most_the_location_s_time() -> None:
    scene = given(sent(location(hold_seconds=120, max_extensions=3)), ann_works("09:00-17:00"))
    scene.at("09:00").when(hold_slot("10:00", by="A"))
    scene.when(extend_it(owner="A", seconds=121)).then_refused("invalid_command", "seconds")
    scene.at("09:01").when(extend_it(owner="A", seconds=30)).then(
        e.HoldExtended, expires_at=instant("09:01:30"), extensions_left=2
    )


def test_a_released_hold_frees_its_slot() -> None:
    scene = given(ann_works("09:00-17:00"), held("10:00", by="A")).when(release_it(owner="A", reason="Changed my mind"))
    scene.then(e.HoldReleased, reason="Changed my mind").then_it(status="cancelled", hold=None)
    scene.when(hold_slot("10:00", by="B")).then(e.AppointmentHeld, owner="B")


def test_cancelling_a_hold_of_one_s_own_releases_it() -> None:
    given(ann_works("09:00-17:00"), held("10:00", by="shop")).when(
        on_it(c.CancelAppointment, reason="Closed the page"), source="shop"
    ).then(e.HoldReleased, reason="Closed the page")


def test_a_hold_that_does_not_exist_is_not_found() -> None:
    for what in (extend_it(hold_id="apt_none"), release_it(hold_id="apt_none"), confirm_it(hold_id="apt_none")):
        given(ann_works("09:00-17:00"), booked("10:00")).when(what).then_refused("not_found", "hold_id")


def test_two_holds_of_two_resources_at_one_time_stand_beside_each_other() -> None:
    given(ann_works("09:00-17:00"), works("bob", "09:00-17:00"), held("10:00", by="A")).when(
        hold_slot("10:00", by="B")
    ).then(e.AppointmentHeld, owner="B").when(hold_slot("10:00", by="C")).then_refused("slot_unavailable")
