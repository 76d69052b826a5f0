"""The roster: what is retired takes nothing new and loses nothing; certificates say who may give what, where."""

from typing import Any

import pytest

from contracts import commands as c
from contracts import events as e
from given import ann_works, booked, given, held, on_it, sent, works
from samples import book, command, hold_slot, location, resource, service
from scheduling.book import decode, encode
from scheduling.slots import Ask, Plan, plan

RETIRED: dict[str, tuple[type[c.Command], str, type[e.Event]]] = {
    "location": (c.RetireLocation, "main", e.LocationRetired),
    "service": (c.RetireService, "cut", e.ServiceRetired),
    "resource": (c.RetireResource, "ann", e.ResourceRetired),
}
AGAIN = {"location": location(), "service": service(), "resource": resource()}
DEFINED: dict[str, type[e.Event]] = {
    "location": e.LocationDefined,
    "service": e.ServiceDefined,
    "resource": e.ResourceDefined,
}
REFUSED = {"location": ("not_found", "location_id"), "service": ("service_not_found", "service_id")}


def retire(what: str, id: str | None = None) -> c.Command:
    kind, usual, _ = RETIRED[what]
    return command(kind, id=id or usual)


def certified(*services: dict[str, Any] | str, id: str = "ann") -> c.SetEligibility:
    named = [{"service_id": one} if isinstance(one, str) else one for one in services]
    return command(c.SetEligibility, resource_id=id, services=named)


# --- retired ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", RETIRED)
def test_what_is_retired_is_told_once_and_a_later_definition_brings_it_back(what: str) -> None:
    scene = given(ann_works("09:00-17:00")).when(retire(what)).then(RETIRED[what][2], id=RETIRED[what][1])
    assert scene.written[0].stream == f"{what}/{RETIRED[what][1]}"
    scene.when(retire(what)).then_nothing()
    scene.when(AGAIN[what]).then(DEFINED[what]).when(AGAIN[what]).then_nothing()
    scene.when(book("10:00")).then_it(status="scheduled")


@pytest.mark.parametrize(
    ("what", "code"), [("location", "not_found"), ("service", "service_not_found"), ("resource", "not_found")]
)
def test_what_there_never_was_cannot_be_retired(what: str, code: str) -> None:
    given(ann_works("09:00-17:00")).when(retire(what, "none")).then_refused(code, "id")


@pytest.mark.parametrize("what", REFUSED)
def test_nothing_new_is_booked_there_or_of_it(what: str) -> None:
    for wanted in (book("10:00"), book("10:00", location_id="main"), hold_slot("10:00")):
        given(ann_works("09:00-17:00"), sent(retire(what))).when(wanted).then_refused(*REFUSED[what])


def test_somebody_retired_is_neither_chosen_nor_found_by_name() -> None:
    scene = given(ann_works("09:00-17:00"), works("bob", "09:00-17:00"), sent(retire("resource")))
    scene.when(book("10:00", resources=["ann"])).then_refused("not_found", "resources")
    scene.when(book("10:00"))
    assert [one.id for one in scene.clinic.appointment().resources] == ["bob"]
    scene.when(book("10:00")).then_refused("slot_unavailable")


def test_a_retired_add_on_is_not_given_any_more() -> None:
    extra = service("wash", duration_minutes=10)
    scene = given(ann_works("09:00-17:00"), sent(extra, retire("service", "wash")))
    scene.when(book("10:00", addons=["wash"])).then_refused("service_not_found", "addons")


@pytest.mark.parametrize("what", RETIRED)
def test_what_is_booked_stays_and_takes_its_course(what: str) -> None:
    scene = given(ann_works("09:00-17:00"), booked("10:00"), sent(retire(what))).at("10:05")
    scene.then_it(status="scheduled")
    for step in (c.ConfirmAppointment, c.CheckIn, c.StartAppointment, c.CompleteAppointment):
        scene.when(on_it(step))
    scene.then_it(status="completed")


@pytest.mark.parametrize("what", RETIRED)
def test_what_is_held_can_be_confirmed(what: str) -> None:
    scene = given(ann_works("09:00-17:00"), held("10:00", by="A"), sent(retire(what)))
    confirm = command(c.ConfirmHold, hold_id=scene.clinic.it, owner="A", customer={"name": "Joe"})
    scene.when(confirm).then_it(status="scheduled")


def test_a_booking_of_a_retired_service_or_place_may_still_move() -> None:
    for what in ("service", "location"):
        scene = given(ann_works("09:00-17:00"), booked("10:00"), sent(retire(what)))
        move = on_it(c.RescheduleAppointment, start="2026-03-02T11:00:00Z")
        scene.when(move).then(e.AppointmentRescheduled)


def test_a_booking_of_somebody_retired_moves_only_to_somebody_else() -> None:
    scene = given(ann_works("09:00-17:00"), works("bob", "09:00-17:00"), booked("10:00", resources=["ann"]))
    scene.when(retire("resource"))
    move = on_it(c.RescheduleAppointment, start="2026-03-02T11:00:00Z")
    scene.when(move).then_refused("not_found", "resources")
    scene.when(on_it(c.ReassignAppointment)).then(e.AppointmentReassigned)
    assert [one.id for one in scene.clinic.appointment().resources] == ["bob"]


def test_without_the_default_place_another_one_is_it() -> None:
    scene = given(ann_works("09:00-17:00", location_ids=[]), sent(location("side")), sent(retire("location")))
    scene.when(book("10:00")).then_it(location_id="side")
    scene.when(book("11:00", location_id="main")).then_refused("not_found", "location_id")


def test_a_service_of_two_places_is_given_at_the_one_that_is_left() -> None:
    both = service(location_ids=["main", "side"])
    scene = given(ann_works("09:00-17:00", location_ids=[]), sent(location("side"), both), sent(retire("location")))
    scene.when(book("10:00")).then_it(location_id="side")


def test_a_service_whose_only_place_is_retired_is_given_nowhere() -> None:
    scene = given(ann_works("09:00-17:00", location_ids=[]), sent(location("side"), service(location_ids=["side"])))
    scene.when(retire("location", "side")).when(book("10:00")).then_refused("not_found", "location_id")


# --- certificates -------------------------------------------------------------------------------------------------


def test_whoever_has_certificates_gives_just_those_services() -> None:
    scene = given(ann_works("09:00-17:00", service_ids=[]), sent(service("colour")))
    scene.when(certified("cut")).then(e.ResourceEligibilitySet, services=[e.Certified(service_id="cut")])
    scene.when(certified("cut")).then_nothing()
    refused = ("resource_not_eligible", "resources")
    scene.when(book("10:00", service_id="colour", resources=["ann"])).then_refused(*refused, kind="staff")
    scene.when(book("10:00", resources=["ann"])).then_it(status="scheduled")


def test_a_certificate_may_be_for_one_place_alone() -> None:
    scene = given(ann_works("09:00-17:00", location_ids=[]), sent(location("side")))
    scene.when(certified({"service_id": "cut", "location_ids": ["side"]}))
    refused = ("resource_not_eligible", "resources")
    scene.when(book("10:00", resources=["ann"], location_id="main")).then_refused(*refused, kind="staff")
    scene.when(book("10:00", resources=["ann"], location_id="side")).then_it(location_id="side")


def test_a_certificate_gives_nothing_that_the_definition_does_not() -> None:
    scene = given(ann_works("09:00-17:00"), sent(service("colour")), sent(certified("colour")))
    for name in ("cut", "colour"):
        wanted = book("10:00", service_id=name, resources=["ann"])
        scene.when(wanted).then_refused("resource_not_eligible", "resources", kind="staff")


def test_the_refusal_names_the_kind_of_what_may_not_be_used() -> None:
    both = service("colour", requires=[{"kind": "staff"}, {"kind": "room"}])
    scene = given(sent(both), ann_works("09:00-17:00", service_ids=[]), works("sink", kind="room", service_ids=[]))
    scene.when(certified("cut", id="sink"))
    wanted = book("10:00", service_id="colour", resources=["ann", "sink"])
    scene.when(wanted).then_refused("resource_not_eligible", "resources", kind="room")


def test_nobody_without_the_certificate_is_chosen() -> None:
    scene = given(ann_works("09:00-17:00"), works("bob", "09:00-17:00"), sent(certified()))
    scene.when(book("10:00"))
    assert [one.id for one in scene.clinic.appointment().resources] == ["bob"]
    planned = plan(scene.clinic.state.book, Ask(service_id="cut"))
    assert isinstance(planned, Plan)
    assert list(planned.resources()) == ["bob"]


def test_null_asks_for_no_certificate_and_an_empty_list_allows_none() -> None:
    scene = given(ann_works("09:00-17:00"))
    scene.when(command(c.SetEligibility, resource_id="ann", services=None)).then_nothing()
    scene.when(certified()).then(e.ResourceEligibilitySet, services=[])
    scene.when(book("10:00", resources=["ann"])).then_refused("resource_not_eligible", "resources", kind="staff")
    scene.when(command(c.SetEligibility, resource_id="ann", services=None)).then(e.ResourceEligibilitySet)
    scene.when(book("10:00", resources=["ann"])).then_it(status="scheduled")


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        (certified("cut", id="none"), "not_found", "resource_id"),
        (certified("cut", "none"), "service_not_found", "services.1.service_id"),
        (certified({"service_id": "cut", "location_ids": ["main", "none"]}), "not_found",
         "services.0.location_ids.1"),
    ],
)  # fmt: skip
def test_what_a_certificate_names_has_to_exist(wrong: c.Command, code: str, field: str) -> None:
    given(ann_works("09:00-17:00")).when(wrong).then_refused(code, field)


def test_a_service_is_certified_once() -> None:
    refused = c.validate(c.SetEligibility, {"resource_id": "ann", "services": [{"service_id": "cut"}] * 2})
    assert (refused.code, refused.field) == ("invalid_command", "services")  # type: ignore[union-attr]


def test_a_snapshot_tells_who_is_retired_and_certified() -> None:
    scene = given(ann_works("09:00-17:00"), sent(certified("cut"), *(retire(what) for what in RETIRED)))
    before = scene.clinic.state.book
    assert decode(encode(before)) == before
    assert before.resources["ann"].retired
