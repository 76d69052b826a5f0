"""Plans: what an ask means against the book, and what it may not name."""

from typing import Any

import pytest

import shelves
from contracts import events as e
from contracts.errors import Rejection
from scheduling.book import Book, evolve
from scheduling.slots import Ask, Plan, days_needed, plan

OPTION = e.Option(id="long", name="Long hair", duration_minutes=45)
PLAIN = e.Option(id="plain", name="Plain")
STAFF, ROOM = e.Requirement(kind="staff"), e.Requirement(kind="room")


def service(**members: Any) -> e.ServiceDefined:
    whole: dict[str, Any] = {"id": "cut", "name": "Haircut", "duration_minutes": 30, "options": [OPTION, PLAIN]}
    return e.ServiceDefined(**whole | members)


def book(service: e.ServiceDefined) -> Book:
    people = [
        e.ResourceDefined(id=id, kind="staff", name=id, location_ids=["main"]) for id in ("bob", "ann", "cat")
    ]  # fmt: skip
    return shelves.book_of([
        e.TenantDefined(id="acme", name="Acme"),
        e.LocationDefined(id="main", name="Main", tz="UTC", primary=True),
        e.LocationDefined(id="side", name="Side", tz="UTC"),
        service,
        *people,
        e.ResourceDefined(id="eve", kind="staff", name="Eve", service_ids=["colour"]),
        e.ResourceDefined(id="zed", kind="staff", name="Zed", location_ids=["side"]),
        e.ResourceDefined(id="room1", kind="room", name="Room"),
    ])  # fmt: skip


def planned(wanted: Ask, **members: Any) -> Plan:
    return shelves.planned(book(service(**members)), wanted)


@pytest.mark.parametrize(
    ("wanted", "code", "field"),
    [
        (Ask("none"), "service_not_found", "service_id"),
        (Ask("cut", option_id="none"), "not_found", "option_id"),
        (Ask("cut", location_id="none"), "not_found", "location_id"),
        (Ask("cut", resources=("ann", "none")), "not_found", "resources"),
        (Ask("cut", resources=("eve",)), "resource_not_eligible", "resources"),
        (Ask("cut", resources=("zed",)), "resource_not_eligible", "resources"),
        (Ask("cut", resources=("zed",), override=True), "resource_not_eligible", "resources"),
    ],
)
def test_what_does_not_exist_or_fit_is_refused_with_its_field(wanted: Ask, code: str, field: str) -> None:
    refused = plan(book(service()), wanted)
    assert isinstance(refused, Rejection)
    assert (refused.code, refused.field) == (code, field)


def test_a_service_is_not_given_where_it_is_not() -> None:
    refused = plan(book(service(location_ids=["side"])), Ask("cut", location_id="main"))
    assert isinstance(refused, Rejection)
    assert (refused.code, refused.field) == ("resource_not_eligible", "location_id")


def test_without_a_location_it_is_the_default_one_or_else_the_services_own() -> None:
    assert planned(Ask("cut")).location.defined.id == "main"
    assert planned(Ask("cut"), location_ids=["side"]).location.defined.id == "side"


@pytest.mark.parametrize(
    ("wanted", "duration", "steps"),
    [
        (Ask("cut"), 30, (15,)),
        (Ask("cut", option_id="long"), 45, (15,)),
        (Ask("cut", option_id="plain"), 30, (15,)),
        (Ask("cut", option_id="long", duration_minutes=10), 10, (10,)),
        (Ask("cut", step_minutes=60), 30, (15, 60)),
    ],
)
def test_the_narrowest_duration_counts_and_the_step_is_at_most_a_quarter_of_an_hour(
    wanted: Ask, duration: int, steps: tuple[int, ...]
) -> None:
    found = planned(wanted)
    assert (found.duration, found.steps) == (duration, steps)


def test_a_services_own_step_counts() -> None:
    assert planned(Ask("cut"), slot_step_minutes=20).steps == (20,)


def test_any_is_everyone_eligible_in_order() -> None:
    found = planned(Ask("cut"), requires=[STAFF, ROOM])
    assert [(need.kind, need.count, need.pool) for need in found.needs] == [
        ("staff", 1, ("ann", "bob", "cat")), ("room", 1, ("room1",)),
    ]  # fmt: skip


def test_who_is_named_is_taken_and_only_the_rest_is_chosen() -> None:
    found = planned(Ask("cut", resources=("room1", "cat")), requires=[e.Requirement(kind="staff", count=2), ROOM])
    assert (found.named, found.anchors) == (("room1", "cat"), ("cat",))
    assert [(need.kind, need.count, need.pool) for need in found.needs] == [("staff", 1, ("ann", "bob"))]


def test_more_may_be_named_than_is_required() -> None:
    found = planned(Ask("cut", resources=("ann", "bob", "room1")))
    assert (found.named, found.needs) == (("ann", "bob", "room1"), ())


def test_the_days_needed_reach_as_far_as_the_buffers() -> None:
    buffered = planned(Ask("cut", resources=("ann",)), buffer_before_minutes=10, buffer_after_minutes=20)
    day = 20_000 * 1440
    assert days_needed(buffered, day + 10, day + 11) == {("ann", 20_000)}
    assert days_needed(buffered, day + 9, day + 10) == {("ann", 19_999), ("ann", 20_000)}
    assert days_needed(buffered, day + 1390, day + 1391) == {("ann", 20_000)}
    assert days_needed(buffered, day + 1391, day + 1391) == {("ann", 20_000), ("ann", 20_001)}
    assert len(days_needed(planned(Ask("cut")), day, day + 1440 * 3)) == 3 * 4


def test_a_plan_is_made_again_when_a_definition_changes_and_only_then() -> None:
    before = book(service())
    first = shelves.planned(before, Ask("cut"))
    hours = e.ScheduleSet(resource_id="ann", weekly=[])
    assert shelves.planned(evolve(before, shelves.record(90, hours)), Ask("cut")) is first
    for changed in (service(duration_minutes=50), e.ResourceDefined(id="ann", kind="room", name="Ann's")):
        after = evolve(before, shelves.record(91, changed))
        assert shelves.planned(after, Ask("cut")) != first
    assert shelves.planned(before, Ask("cut")) is first
