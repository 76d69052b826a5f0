"""Holidays close a place, or all of them, on a date; somebody on a trip works by the clocks of where they are."""

from datetime import date
from typing import Any

import pytest

from contracts import commands as c
from contracts import events as e
from contracts.errors import Rejection
from given import ann_works, given, sent, works
from samples import book, command, instant, location, policies, resource
from scheduling.book import decode, encode
from scheduling.zones import to_minute
from worlds import instant as at_minute

MONDAY = {"date": "2026-03-02", "name": "Founders' day"}


def closed(*days: str, **scope: Any) -> c.SetPolicies:
    return policies(**scope, holidays=[{"date": day} for day in days])


def exception(*windows: dict[str, str], day: str = "2026-03-02") -> c.SetScheduleException:
    return command(c.SetScheduleException, resource_id="ann", date=day, windows=list(windows))


def trip(tz: str, first: str, until: str) -> dict[str, str]:
    return {"tz": tz, "from": first, "until": until}


# --- holidays -----------------------------------------------------------------------------------------------------


def test_on_a_holiday_all_is_closed_and_the_policy_is_the_blocker() -> None:
    scene = given(ann_works("09:00-17:00")).when(policies(holidays=[MONDAY]))
    scene.then(e.PoliciesSet)
    told = scene.written[0].event_id
    scene.when(book("10:00")).then_refused("outside_hours")
    assert scene.clinic.refusal
    assert [fact.event_id for fact in scene.clinic.refusal.blockers] == [told]
    scene.when(book("tue 10:00")).then_it(status="scheduled")


def test_a_holiday_may_leave_some_hours_open() -> None:
    scene = given(ann_works("09:00-17:00"))
    scene.when(policies(holidays=[MONDAY | {"windows": [{"start": "10:00", "end": "12:00"}]}]))
    scene.when(book("09:30")).then_refused("outside_hours")
    scene.when(book("10:00")).then_it(status="scheduled")
    scene.when(book("11:45")).then_refused("outside_hours")


def test_an_exception_says_otherwise() -> None:
    scene = given(ann_works("09:00-17:00"), sent(closed("2026-03-02")))
    scene.when(exception({"start": "14:00", "end": "15:00"})).when(book("14:00")).then_it(status="scheduled")
    scene.when(book("10:00")).then_refused("outside_hours")
    scene.when(command(c.ClearScheduleException, resource_id="ann", date="2026-03-02"))
    scene.when(book("14:30")).then_refused("outside_hours")


def test_the_night_before_a_holiday_is_worked_to_its_end() -> None:
    scene = given(ann_works("22:00-06:00"), sent(closed("2026-03-03")))
    scene.when(book("tue 05:30")).then_it(status="scheduled")
    scene.when(book("tue 22:30")).then_refused("outside_hours")


def test_a_room_is_closed_too() -> None:
    room = {"requires": [{"kind": "room"}]}
    scene = given(sent(resource("sink", kind="room"), command(c.DefineService, id="cut", name="C", duration_minutes=30,
                                                              **room)))  # fmt: skip
    scene.when(book("10:00")).then_it(status="scheduled")
    scene.when(closed("2026-03-02")).when(book("11:00")).then_refused("outside_hours")


def test_a_place_s_own_holidays_replace_the_tenant_s() -> None:
    scene = given(ann_works("09:00-17:00"), sent(location("side")), works("bob", "09:00-17:00", location_ids=["side"]))
    scene.when(closed("2026-03-02")).when(closed("2026-03-03", location_id="side"))
    for day, who in (("mon", "bob"), ("tue", "ann")):
        place = "side" if who == "bob" else "main"
        scene.when(book(f"{day} 10:00", location_id=place, resources=[who])).then_it(location_id=place)
    for day, who in (("mon", "ann"), ("tue", "bob")):
        place = "side" if who == "bob" else "main"
        scene.when(book(f"{day} 11:00", location_id=place, resources=[who])).then_refused("outside_hours")


@pytest.mark.parametrize("none", [None, []])
def test_a_place_may_have_no_holidays_at_all(none: Any) -> None:
    scene = given(ann_works("09:00-17:00"), sent(closed("2026-03-02")))
    scene.when(policies(location_id="main", holidays=none)).when(book("10:00")).then_it(status="scheduled")


def test_policies_without_holidays_are_a_wider_scope_s_to_say_again() -> None:
    scene = given(ann_works("09:00-17:00"), sent(closed("2026-03-02"), policies(location_id="main", holidays=None)))
    scene.when(policies(location_id="main")).when(book("10:00")).then_refused("outside_hours")
    scene.when(policies()).when(book("10:00")).then_it(status="scheduled")


@pytest.mark.parametrize("scope", [{"service_id": "cut"}, {"resource_id": "ann"}])
def test_holidays_are_a_place_s_or_the_tenant_s(scope: dict[str, str]) -> None:
    refused = c.validate(c.SetPolicies, {"scope": scope, "holidays": [MONDAY]})
    assert isinstance(refused, Rejection)
    assert (refused.code, refused.field) == ("invalid_command", "holidays")


def test_a_date_is_one_holiday() -> None:
    refused = c.validate(c.SetPolicies, {"holidays": [MONDAY, MONDAY]})
    assert isinstance(refused, Rejection)
    assert (refused.code, refused.field) == ("invalid_command", "holidays")


def test_a_snapshot_has_the_holidays() -> None:
    before = given(ann_works("09:00-17:00"), sent(closed("2026-03-02"))).clinic.state.book
    again = decode(encode(before))
    assert again == before
    assert again.hours("ann").open(to_minute(instant("mon 00:00")) // 1440) == 0


# --- trips --------------------------------------------------------------------------------------------------------


def test_on_a_trip_the_windows_are_by_the_clocks_there() -> None:
    away = [trip("America/New_York", "2026-03-03", "2026-03-04")]
    scene = given(ann_works("09:00-17:00", travel=away))
    scene.when(book("mon 09:00")).then_it(status="scheduled")
    scene.when(book("tue 13:30")).then_refused("outside_hours")
    assert scene.clinic.refusal
    assert scene.clinic.refusal.blockers[0].text == "Open 09:00-17:00."
    scene.when(book("tue 14:00")).then_it(start=instant("tue 14:00"))
    scene.when(book("tue 21:30")).then_it(start=instant("tue 21:30"))
    scene.when(book("wed 09:00")).then_it(start=instant("wed 09:00"))


def test_an_exception_and_a_day_off_are_of_the_date_there() -> None:
    away = [trip("America/New_York", "2026-03-03", "2026-03-04")]
    scene = given(ann_works("00:00-24:00", travel=away))
    scene.when(command(c.AddTimeOff, resource_id="ann", start="2026-03-03", end="2026-03-04"))
    week = to_minute(instant("mon 00:00")), to_minute(instant("sun 00:00"))
    [off] = scene.clinic.state.book.hours("ann").away(*week)
    assert [instant("tue 05:00"), instant("wed 05:00")] == [at_minute(off.start), at_minute(off.end)]


def test_the_zone_of_a_trip_exists_and_the_refusal_says_which_does_not() -> None:
    trips = [trip("Europe/London", "2026-03-01", "2026-03-02"), trip("Mars/Olympus", "2026-04-01", "2026-04-02")]
    given().when(resource(travel=trips)).then_refused("unknown_zone", "travel.1.tz")


@pytest.mark.parametrize(
    ("trips", "field"),
    [
        ([trip("Europe/London", "2026-03-02", "2026-03-02")], "travel.0.until"),
        ([trip("UTC", "2026-03-02", "2026-03-05"), trip("UTC", "2026-03-01", "2026-03-03")], "travel"),
        ([{"tz": "UTC", "from": "2026-03-02"}], "travel.0.until"),
    ],
)
def test_a_trip_ends_after_it_begins_and_a_date_has_one(trips: list[dict[str, str]], field: str) -> None:
    refused = c.validate(c.DefineResource, {"id": "ann", "kind": "staff", "name": "Ann", "travel": trips})
    assert isinstance(refused, Rejection)
    assert (refused.code, refused.field) == ("invalid_command", field)


def test_trips_that_meet_are_two() -> None:
    trips = [trip("Europe/London", "2026-03-03", "2026-03-05"), trip("UTC", "2026-03-05", "2026-03-06")]
    scene = given().when(resource(travel=trips))
    scene.then(
        e.ResourceDefined,
        travel=[
            e.Trip(tz="Europe/London", from_=date(2026, 3, 3), until=date(2026, 3, 5)),
            e.Trip(tz="UTC", from_=date(2026, 3, 5), until=date(2026, 3, 6)),
        ],
    )
    scene.when(resource(travel=trips)).then_nothing()
    scene.when(resource()).then(e.ResourceDefined).when(resource()).then_nothing()


def test_a_definition_without_trips_is_written_as_it_always_was() -> None:
    scene = given().when(resource())
    assert b"travel" not in encode(scene.clinic.state.book)
