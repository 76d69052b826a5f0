"""Supply: definitions replace each other, say only what is new, and name only what exists."""

from datetime import date

import pytest

from booking.answers import own_stream
from contracts import commands as c
from contracts import events as e
from given import ann_works, given, given_nothing, sent
from samples import book, command, instant, location, resource, schedule, service, tenant


def exception(day: str = "2026-03-02", *windows: dict[str, str]) -> c.SetScheduleException:
    return command(c.SetScheduleException, resource_id="ann", date=day, windows=list(windows))


def time_off(**members: object) -> c.AddTimeOff:
    return command(c.AddTimeOff, **{"resource_id": "ann"} | members)


def test_a_tenant_is_defined_first_and_under_its_own_name() -> None:
    given_nothing().when(location()).then_refused("unknown_tenant")
    given_nothing().when(tenant(id="other")).then_refused("invalid_command", "id")
    given_nothing().when(tenant()).then(e.TenantDefined, id="acme", name="Acme Clinics")


@pytest.mark.parametrize(
    "again",
    [tenant(), location(), service(), resource(), schedule("ann", "09:00-17:00")],
    ids=lambda value: type(value).__name__,
)
def test_a_definition_that_changes_nothing_writes_nothing(again: c.Command) -> None:
    scene = given(ann_works("09:00-17:00")).when(again).then_nothing()
    assert own_stream(again, "acme") in {record.stream for record in scene.clinic.records}


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        (tenant(name="Acme"), e.TenantDefined),
        (location(hold_seconds=60), e.LocationDefined),
        (service(duration_minutes=45), e.ServiceDefined),
        (resource(name="Ann Lee"), e.ResourceDefined),
        (schedule("ann", "10:00-17:00"), e.ScheduleSet),
        (schedule("ann", "09:00-17:00", layer=5), e.ScheduleSet),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_definition_that_changes_something_is_written(changed: c.Command, kind: type[e.Event]) -> None:
    given(ann_works("09:00-17:00")).when(changed).then(kind)


def test_a_staff_address_is_sealed_so_it_is_written_again() -> None:
    with_address = resource(email="ann@example.com")
    given(sent(with_address)).when(resource()).then(e.ResourceDefined, email=None)


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        (tenant(default_location_id="none"), "not_found", "default_location_id"),
        (location(tz="Mars/Olympus"), "unknown_zone", "tz"),
        (service(location_ids=["main", "none"]), "not_found", "location_ids.1"),
        (resource(tz="Mars/Olympus"), "unknown_zone", "tz"),
        (resource(location_ids=["none"]), "not_found", "location_ids.0"),
        (resource(service_ids=["cut", "none"]), "not_found", "service_ids.1"),
        (schedule("none", "09:00-17:00"), "not_found", "resource_id"),
        (command(c.ClearScheduleException, resource_id="none", date="2026-03-02"), "not_found", "resource_id"),
        (time_off(resource_id="none", start="2026-03-02", end="2026-03-03"), "not_found", "resource_id"),
        (command(c.RemoveTimeOff, resource_id="ann", time_off_id="off_none"), "not_found", "time_off_id"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else type(value).__name__,
)
def test_what_a_definition_names_has_to_exist(wrong: c.Command, code: str, field: str) -> None:
    given(ann_works("09:00-17:00")).when(wrong).then_refused(code, field)


def test_a_date_s_own_windows_replace_the_weekly_ones_until_they_are_cleared() -> None:
    scene = given(ann_works("09:00-17:00")).when(exception("2026-03-02"))
    scene.then(e.ScheduleExceptionSet, date=date(2026, 3, 2), windows=[])
    scene.when(exception("2026-03-02")).then_nothing()
    scene.when(book("10:00")).then_refused("outside_hours")
    clear = command(c.ClearScheduleException, resource_id="ann", date="2026-03-02")
    scene.when(clear).then(e.ScheduleExceptionCleared).when(clear).then_nothing()
    scene.when(book("10:00")).then_it(status="scheduled")


def test_time_off_by_dates_is_whole_local_days() -> None:
    scene = given(ann_works("09:00-17:00")).when(time_off(start="2026-03-02", end="2026-03-03", reason="Holiday"))
    scene.then(e.TimeOffAdded, start=None, start_date=date(2026, 3, 2), end_date=date(2026, 3, 3), reason="Holiday")
    assert scene.clinic.changes[0].subject == "resource/ann"
    scene.when(book("10:00"))
    assert scene.clinic.refusal is not None
    scene.when(book("tue 10:00")).then_it(status="scheduled")


def test_time_off_by_instants_frees_the_rest_and_can_be_removed() -> None:
    away = time_off(id="lunch", start="2026-03-02T12:00", end="2026-03-02T13:00", tz="UTC")
    scene = given(ann_works("09:00-17:00")).when(away)
    scene.then(e.TimeOffAdded, time_off_id="lunch", start=instant("12:00"), end=instant("13:00"), start_date=None)
    scene.when(away).then_refused("invalid_command", "id")
    scene.when(book("12:30"))
    assert scene.clinic.refusal is not None
    remove = command(c.RemoveTimeOff, resource_id="ann", time_off_id="lunch")
    scene.when(remove).then(e.TimeOffRemoved).when(remove).then_refused("not_found", "time_off_id")
    scene.when(book("12:30")).then_it(status="scheduled")


def test_local_time_off_needs_its_zone_and_tells_which_member_is_wrong() -> None:
    scene = given(ann_works("09:00-17:00"))
    scene.when(time_off(start="2026-03-02T12:00", end="2026-03-02T13:00")).then_refused("invalid_command", "start")
    skipped = time_off(start="2026-03-08T01:00", end="2026-03-08T02:30", tz="America/New_York")
    scene.when(skipped).then_refused("nonexistent_local_time", "end")
