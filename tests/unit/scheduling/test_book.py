"""The book: what its events leave, cheaply and without changing the book before."""

from datetime import UTC, date, datetime

import pytest

import shelves
from contracts import events as e
from scheduling.book import SUPPLY, Book, decode, encode, evolve

TENANT = e.TenantDefined(id="acme", name="Acme", default_location_id=None)
MAIN = e.LocationDefined(id="main", name="Main", tz="America/New_York")
SIDE = e.LocationDefined(id="side", name="Side", tz="Europe/London")
CUT = e.ServiceDefined(id="cut", name="Haircut", duration_minutes=30)
ANN = e.ResourceDefined(id="ann", kind="staff", name="Ann")
NINE = [e.WeeklyWindow(days=["mon"], start="09:00", end="17:00")]
DAY = date(2026, 12, 24)
HOURS = e.ScheduleSet(resource_id="ann", weekly=NINE, from_=date(2026, 1, 1))
CLOSED = e.ScheduleExceptionSet(resource_id="ann", date=DAY, windows=[])
HOLIDAY = e.TimeOffAdded(resource_id="ann", time_off_id="off", start_date=DAY, end_date=date(2026, 12, 27))


def test_a_book_is_empty_until_its_tenant_is_defined() -> None:
    assert not Book.empty("acme").defined
    assert shelves.book_of([TENANT]).defined


def test_a_later_definition_replaces_and_names_its_event() -> None:
    longer = e.ServiceDefined(id="cut", name="Haircut", duration_minutes=45)
    service = shelves.book_of([TENANT, CUT, longer]).services["cut"]
    assert (service.defined.duration_minutes, service.event_id) == (45, "evt_1.7.3")


def test_a_resource_defined_again_keeps_its_hours() -> None:
    again = e.ResourceDefined(id="ann", kind="staff", name="Anna")
    ann = shelves.book_of([ANN, HOURS, CLOSED, HOLIDAY, again]).resources["ann"]
    assert ann.defined.name == "Anna"
    assert (set(ann.schedules), set(ann.exceptions), set(ann.time_off)) == ({10}, {DAY}, {"off"})


def test_schedules_replace_layer_by_layer() -> None:
    other = e.ScheduleSet(resource_id="ann", layer=1, weekly=[])
    ann = shelves.book_of([ANN, HOURS, other, e.ScheduleSet(resource_id="ann", weekly=[])]).resources["ann"]
    assert {number: (len(layer.weekly), layer.event_id) for number, layer in ann.schedules.items()} == {
        10: (0, "evt_1.7.4"), 1: (0, "evt_1.7.3"),
    }  # fmt: skip


def test_what_is_cleared_or_removed_is_gone() -> None:
    cleared = e.ScheduleExceptionCleared(resource_id="ann", date=DAY)
    removed = e.TimeOffRemoved(resource_id="ann", time_off_id="off")
    ann = shelves.book_of([ANN, CLOSED, HOLIDAY, cleared, removed]).resources["ann"]
    assert not ann.exceptions
    assert not ann.time_off


def test_evolving_leaves_the_book_before_as_it_was() -> None:
    before = shelves.book_of([TENANT, MAIN, CUT, ANN, HOURS])
    snapshot, hours = encode(before), before.hours("ann")
    for number, event in enumerate([CLOSED, HOLIDAY, CUT, SIDE, e.ResourceDefined(id="bob", kind="room", name="B")]):
        evolve(before, shelves.record(100 + number, event))
    assert encode(before) == snapshot
    assert before.hours("ann") is hours


def test_new_hours_are_expanded_anew_and_only_those() -> None:
    bob = e.ResourceDefined(id="bob", kind="staff", name="Bob")
    before = shelves.book_of([TENANT, MAIN, ANN, bob, HOURS])
    ann, bob_hours = before.hours("ann"), before.hours("bob")
    after = evolve(before, shelves.record(9, CLOSED))
    assert after.hours("ann") is not ann
    assert after.hours("bob") is bob_hours


def test_events_about_anything_else_leave_the_book_alone() -> None:
    before = shelves.book_of([TENANT, MAIN])
    assert evolve(before, shelves.record(9, e.CustomerLinked(id="cus_1", by="id"))) is before
    assert "CustomerLinked" not in SUPPLY
    assert {type(event).__name__ for event in (TENANT, MAIN, CUT, ANN, HOURS, CLOSED, HOLIDAY)} < SUPPLY


def test_a_snapshot_is_the_same_book() -> None:
    start, end = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)
    instants = e.TimeOffAdded(resource_id="ann", time_off_id="now", start=start, end=end)
    before = shelves.book_of([TENANT, MAIN, SIDE, CUT, ANN, HOURS, CLOSED, HOLIDAY, instants])
    assert decode(encode(before)) == before


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([TENANT], None),
        ([TENANT, MAIN], "main"),
        ([TENANT, MAIN, SIDE], None),
        ([TENANT, MAIN, e.LocationDefined(id="side", name="S", tz="UTC", primary=True)], "side"),
        ([e.TenantDefined(id="acme", name="A", default_location_id="main"), MAIN, SIDE], "main"),
        ([e.TenantDefined(id="acme", name="A", default_location_id="nowhere"), MAIN], "main"),
    ],
)
def test_the_default_location_is_the_tenants_else_the_primary_else_the_only_one(
    events: list[e.Event], expected: str | None
) -> None:
    place = shelves.book_of(events).location()
    assert (place.defined.id if place else None) == expected


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"tz": "Asia/Tokyo", "location_ids": ["side"]}, "Asia/Tokyo"),
        ({"location_ids": ["side", "main"]}, "Europe/London"),
        ({}, "America/New_York"),
    ],
)
def test_a_resource_lives_in_its_own_zone_else_its_first_places_else_the_default_one(
    members: dict[str, object], expected: str
) -> None:
    tenant = e.TenantDefined(id="acme", name="A", default_location_id="main")
    ann = e.ResourceDefined(id="ann", kind="staff", name="Ann", **members)  # type: ignore[arg-type]
    assert shelves.book_of([tenant, MAIN, SIDE, ann]).zone_of("ann") == expected


def test_a_moved_location_moves_the_hours_of_those_who_live_by_its_clocks() -> None:
    before = shelves.book_of([TENANT, MAIN, ANN, HOURS])
    moved = e.LocationDefined(id="main", name="Main", tz="Asia/Tokyo")
    assert before.zone_of("ann") == "America/New_York"
    after = evolve(before, shelves.record(9, moved))
    assert after.zone_of("ann") == "Asia/Tokyo"
    monday = date(2026, 3, 2).toordinal() - date(1970, 1, 1).toordinal()
    assert after.hours("ann").open(monday) != before.hours("ann").open(monday)


def test_the_eligible_are_of_the_kind_the_place_and_the_service_in_order_of_their_ids() -> None:
    people = [
        e.ResourceDefined(id="zoe", kind="staff", name="Z"),
        e.ResourceDefined(id="bob", kind="staff", name="B", service_ids=["cut"], location_ids=["main"]),
        e.ResourceDefined(id="eve", kind="staff", name="E", service_ids=["colour"]),
        e.ResourceDefined(id="ida", kind="staff", name="I", location_ids=["side"]),
        e.ResourceDefined(id="room", kind="room", name="R"),
    ]
    book = shelves.book_of([TENANT, MAIN, SIDE, CUT, *people])
    assert book.eligible("staff", "cut", "main") == ("bob", "zoe")
    assert book.eligible("staff", "cut", "side") == ("ida", "zoe")
    more = evolve(book, shelves.record(99, e.ResourceDefined(id="ann", kind="staff", name="A")))
    assert more.eligible("staff", "cut", "main") == ("ann", "bob", "zoe")
