"""Moves: another time or other hands, with the appointment's own interval never in its own way."""

from contracts import commands as c
from contracts import events as e
from contracts.appointment import Reschedules
from contracts.values import Actor, Span
from given import What, ann_works, booked, given, on_it, sent, works
from samples import book, instant, iso, service


def move_it(start: str, **members: object) -> What:
    return on_it(c.RescheduleAppointment, **{"start": iso(start)} | members)


def names(clinic) -> list[str]:  # type: ignore[no-untyped-def]
    return [resource.id for resource in clinic.appointment().resources]


def test_a_move_keeps_the_id_and_tells_where_it_was() -> None:
    scene = given(ann_works("09:00-17:00"), booked("10:00", id="visit"))
    scene.when(move_it("14:00", reason="Train is late")).then(
        e.AppointmentRescheduled,
        previous=Span(start=instant("10:00"), end=instant("10:30")),
        reason="Train is late",
    ).then_it(id="visit", version=2, start=instant("14:00"), original_start=instant("10:00"))
    scene.when(book("10:00")).then_it(status="scheduled")


def test_a_move_may_overlap_where_it_was() -> None:
    given(ann_works("09:00-17:00"), booked("10:00")).when(move_it("10:15")).then_it(start=instant("10:15"))


def test_a_move_does_not_push_anybody_aside() -> None:
    given(ann_works("09:00-17:00"), booked("10:00"), booked("11:00")).when(move_it("10:15")).then_refused(
        "slot_unavailable"
    )


def test_a_move_keeps_its_people_though_others_are_free() -> None:
    scene = given(ann_works("09:00-17:00"), works("bob", "09:00-17:00"), booked("10:00", resources=["bob"]))
    scene.when(move_it("11:00"))
    assert names(scene.clinic) == ["bob"]
    scene.when(move_it("11:00", resources=["ann"]))
    assert names(scene.clinic) == ["ann"]


def test_a_move_may_change_the_length() -> None:
    given(ann_works("09:00-17:00"), booked("10:00")).when(move_it("10:00", duration_minutes=60)).then_it(
        end=instant("11:00")
    )


def test_a_move_keeps_the_length_and_price_agreed_though_the_service_changed() -> None:
    scene = given(ann_works("09:00-17:00"), booked("10:00"), sent(service(duration_minutes=60, name="Cut and wash")))
    scene.when(move_it("11:00")).then_it(end=instant("11:30"))
    assert scene.clinic.appointment().service.name == "Haircut"


def test_a_move_to_where_it_is_writes_nothing() -> None:
    scene = given(ann_works("09:00-17:00"), booked("10:00"))
    scene.when(move_it("10:00")).then_nothing().then_it(version=1)
    scene.at("10:10").when(move_it("10:00")).then_nothing()


def test_what_was_moved_stands_over_nobody_any_more() -> None:
    for what in (move_it("14:00"), on_it(c.ReassignAppointment, resources=["bob"])):
        given(ann_works("09:00-17:00"), works("bob", "09:00-17:00"), booked("10:00", resources=["ann"])).when(
            book("10:00", resources=["ann"], override=True, reason="They came together")
        ).then_it(override=True).when(what).then_it(override=False)


def test_a_move_into_the_past_is_refused_unless_it_is_history() -> None:
    scene = given(ann_works("09:00-17:00"), booked("15:00")).at("12:00")
    scene.when(move_it("10:00")).then_refused("in_past")
    scene.when(move_it("10:00"), imported=True).then_it(start=instant("10:00"))


def test_moves_are_counted_by_who_asked_for_them() -> None:
    scene = given(ann_works("09:00-17:00"), booked("10:00"))
    scene.when(move_it("11:00")).then_it(reschedules=Reschedules(staff=1))
    scene.clinic.actor = Actor(type="customer", id="cus_1")
    scene.when(move_it("12:00")).then_it(reschedules=Reschedules(staff=1, customer=1))


def test_a_change_of_an_older_version_is_refused_with_the_current_one() -> None:
    scene = given(ann_works("09:00-17:00"), booked("10:00")).when(move_it("11:00"))
    for kind in (c.CancelAppointment, c.ConfirmAppointment, c.ReassignAppointment):
        scene.when(on_it(kind, expected_version=1)).then_refused("version_conflict", version=2)
    scene.when(on_it(c.ConfirmAppointment, expected_version=2)).then(e.AppointmentConfirmed)


def test_what_does_not_exist_is_not_found() -> None:
    scene = given(ann_works("09:00-17:00"), booked("10:00"))
    for kind in (c.CancelAppointment, c.ReassignAppointment, c.AcceptRequest):
        scene.when(on_it(kind, appointment_id="apt_none")).then_refused("not_found", "appointment_id")
    scene.when(move_it("11:00", appointment_id="apt_none")).then_refused("not_found", "appointment_id")


def test_a_reassignment_without_names_takes_anybody_else() -> None:
    scene = given(ann_works("09:00-17:00"), works("bob", "09:00-17:00"), booked("10:00"))
    for name in ("bob", "ann"):
        scene.when(on_it(c.ReassignAppointment, reason="Illness")).then(e.AppointmentReassigned, reason="Illness")
        assert names(scene.clinic) == [name]
    scene.then_it(start=instant("10:00"), reschedules=Reschedules())


def test_a_reassignment_without_names_keeps_the_room() -> None:
    scene = given(
        sent(service(requires=[{"kind": "staff"}, {"kind": "room"}])),
        ann_works("09:00-17:00"), works("bob", "09:00-17:00"),
        works("room1", "00:00-24:00", kind="room"), works("room2", "00:00-24:00", kind="room"),
        booked("10:00", resources=["ann", "room2"]),
    )  # fmt: skip
    scene.when(on_it(c.ReassignAppointment))
    assert sorted(names(scene.clinic)) == ["bob", "room2"]


def test_a_reassignment_finds_nobody_else_when_nobody_else_is_free() -> None:
    scene = given(ann_works("09:00-17:00"), booked("10:00"))
    scene.when(on_it(c.ReassignAppointment))
    assert scene.clinic.refusal is not None
    assert names(scene.clinic) == ["ann"]


def test_a_reassignment_to_somebody_who_is_busy_is_refused() -> None:
    given(
        ann_works("09:00-17:00"), works("bob", "09:00-17:00"), booked("10:00", resources=["bob"]), booked("10:00")
    ).when(on_it(c.ReassignAppointment, resources=["bob"])).then_refused("slot_unavailable")


def test_a_reassignment_to_the_same_people_writes_nothing() -> None:
    given(ann_works("09:00-17:00"), booked("10:00")).when(
        on_it(c.ReassignAppointment, resources=["ann"])
    ).then_nothing()


def test_somebody_else_takes_over_what_has_begun_but_not_what_has_ended() -> None:
    scene = given(ann_works("09:00-17:00"), works("bob", "09:00-17:00"), booked("10:00"))
    for what in (on_it(c.ConfirmAppointment), on_it(c.CheckIn), on_it(c.StartAppointment)):
        scene.when(what)
    scene.at("10:10").when(on_it(c.ReassignAppointment)).then_it(status="in_progress")
    assert names(scene.clinic) == ["bob"]
    scene.when(on_it(c.CompleteAppointment)).when(on_it(c.ReassignAppointment))
    scene.then_illegal("completed", "completed", ["no_show"])


def test_what_was_cancelled_frees_its_time_and_what_was_done_keeps_it() -> None:
    scene = given(ann_works("09:00-17:00"), booked("10:00", id="one"), booked("11:00", id="two"))
    scene.when(on_it(c.CancelAppointment, appointment_id="one", reason="Ill", refund=True))
    scene.then(e.AppointmentCancelled, reason="Ill", refund="true")
    scene.when(book("10:00")).then_it(status="scheduled")
    scene.when(on_it(c.MarkNoShow, appointment_id="two")).when(book("11:00")).then_refused("slot_unavailable")
