"""Windows and grids of one resource by the rules of the wall clock, as a table of real nights."""

from datetime import date

import pytest

import shelves
from scheduling.hours import Hours, Stretch
from scheduling.masks import positions
from worlds import Layer, Resource, Wall, World, instant, minute

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def daily(*walls: Wall, number: int = 10, first: date | None = None, until: date | None = None) -> Layer:
    return Layer(number, tuple((DAYS, wall) for wall in walls), first, until)


def hours_of(resource: Resource) -> Hours:
    return shelves.book(World(resources=(resource,))).hours(resource.id)


Exceptions = tuple[tuple[date, tuple[Wall, ...]], ...]


def hours(tz: str, *layers: Layer, kind: str = "staff", exceptions: Exceptions = ()) -> Hours:
    return hours_of(Resource("ann", kind, tz, layers, exceptions))


def windows(hours: Hours, day: str) -> list[str]:
    """The windows that touch a UTC day, in UTC."""
    number = minute(f"{day}T00:00Z") // 1440
    return [f"{instant(one.start):%d %H:%M} - {instant(one.end):%d %H:%M}" for one in hours.rota.touching(number)]


def starts(hours: Hours, day: str, step: int) -> list[str]:
    number = minute(f"{day}T00:00Z") // 1440
    return [f"{instant(number * 1440 + one):%H:%M}" for one in positions(hours.grid(Stretch(number, 1), step))]


NINE_TO_FIVE, NIGHT, ALL_DAY = ("09:00", "17:00"), ("22:00", "06:00"), ("00:00", "24:00")

NIGHTS = [
    ("America/New_York", "2026-03-08", [("01:00", "04:00")], ["08 06:00 - 08 08:00"], "an hour is skipped inside"),
    ("America/New_York", "2026-03-08", [("02:15", "04:00")], ["08 07:00 - 08 08:00"], "it starts in the gap"),
    ("America/New_York", "2026-03-08", [("01:00", "02:30")], ["08 06:00 - 08 07:00"], "it ends in the gap"),
    ("America/New_York", "2026-03-08", [("02:10", "02:50")], [], "all of it is skipped"),
    ("America/New_York", "2026-11-01", [("00:00", "03:00")], ["01 04:00 - 01 08:00"], "an hour comes twice inside"),
    ("America/New_York", "2026-11-01", [("01:30", "03:00")], ["01 05:30 - 01 08:00"], "it starts at the first 01:30"),
    ("America/New_York", "2026-11-01", [("00:30", "01:30")], ["01 04:30 - 01 05:30"], "it ends at the first 01:30"),
    ("Australia/Lord_Howe", "2026-10-03", [("01:00", "03:00")], ["03 14:30 - 03 16:00"], "half an hour is skipped"),
    ("America/Santiago", "2026-09-06", [("20:00", "24:00")], ["06 00:00 - 06 04:00", "06 23:00 - 07 03:00"], "24:00"),
    ("America/Santiago", "2026-09-06", [("00:00", "03:00")], ["06 04:00 - 06 06:00"], "midnight is skipped"),
    ("America/Santiago", "2026-04-05", [("22:00", "24:00")], ["05 01:00 - 05 04:00"], "23:00 comes twice"),
    ("America/Havana", "2024-11-03", [("00:00", "02:00")], ["03 04:00 - 03 07:00"], "midnight comes twice"),
    ("Asia/Kathmandu", "2026-03-02", [NINE_TO_FIVE], ["02 03:15 - 02 11:15"], "5:45"),
    ("Pacific/Apia", "2011-12-30", [NINE_TO_FIVE], ["29 19:00 - 30 03:00", "30 19:00 - 31 03:00"], "no 30 December"),
    ("UTC", "2026-03-02", [NIGHT], ["01 22:00 - 02 06:00", "02 22:00 - 03 06:00"], "over midnight, on both sides"),
    ("UTC", "2026-03-02", [("09:00", "12:00"), ("12:00", "17:00")], ["02 09:00 - 02 17:00"], "touching is one"),
    ("UTC", "2026-03-02", [("09:00", "12:01"), ("12:00", "17:00")], ["02 09:00 - 02 17:00"], "overlapping is one"),
    ("UTC", "2026-03-02", [("21:00", "24:00"), ("00:00", "02:00")], ["01 21:00 - 02 02:00", "02 21:00 - 03 02:00"], ""),
]


@pytest.mark.parametrize(("tz", "day", "walls", "expected", "why"), NIGHTS)
def test_a_window_is_what_lies_between_its_walls(
    tz: str, day: str, walls: list[Wall], expected: list[str], why: str
) -> None:
    assert windows(hours(tz, daily(*walls)), day) == expected, why


def test_the_grid_steps_in_elapsed_minutes_from_the_windows_start() -> None:
    assert starts(hours("UTC", daily(("09:10", "10:00"))), "2026-03-02", 20) == ["09:10", "09:30", "09:50"]
    assert starts(hours("America/New_York", daily(("01:00", "04:00"))), "2026-03-08", 45) == ["06:00", "06:45", "07:30"]


def test_a_window_over_midnight_keeps_its_anchor() -> None:
    night = hours("UTC", daily(("22:00", "02:00")))
    assert starts(night, "2026-03-02", 50) == ["00:30", "01:20", "22:00", "22:50", "23:40"]


def test_touching_windows_have_one_anchor() -> None:
    both = hours("UTC", daily(("09:00", "09:50"), ("09:50", "11:00")))
    assert starts(both, "2026-03-02", 40) == ["09:00", "09:40", "10:20"]


def test_open_without_end_restarts_the_grid_at_each_local_midnight() -> None:
    always = hours("Asia/Kathmandu", daily(ALL_DAY))
    assert starts(always, "2026-03-02", 500) == ["02:35", "10:55", "18:15"]


def test_six_days_on_end_are_one_window_and_seven_are_without_end() -> None:
    def open_for(days: int) -> Hours:
        exceptions = tuple((date(2026, 3, 2 + offset), (ALL_DAY,)) for offset in range(days))
        return hours("UTC", daily(), exceptions=exceptions)

    assert starts(open_for(6), "2026-03-03", 1000) == ["09:20"]
    assert starts(open_for(7), "2026-03-03", 1000) == ["00:00", "16:40"]


def test_a_chain_without_end_is_anchored_at_its_start_on_its_first_date() -> None:
    chain = hours("UTC", daily(("00:00", "24:00"), first=date(2026, 3, 3)), daily(("20:00", "24:00"), number=20))
    assert starts(chain, "2026-03-02", 100) == ["20:00", "21:40", "23:20"]
    assert starts(chain, "2026-03-03", 500) == ["00:00", "08:20", "16:40"]


def test_the_lowest_layer_that_covers_a_date_decides_even_when_it_is_closed() -> None:
    holiday = daily(number=1, first=date(2026, 3, 3), until=date(2026, 3, 4))
    ann = hours("UTC", daily(NINE_TO_FIVE, number=10), holiday)
    assert windows(ann, "2026-03-02") == ["02 09:00 - 02 17:00"]
    assert windows(ann, "2026-03-03") == []
    assert windows(ann, "2026-03-04") == ["04 09:00 - 04 17:00"]


def test_an_exception_replaces_all_layers_of_its_date_but_not_the_night_before() -> None:
    monday: Exceptions = ((date(2026, 3, 2), ()),)
    ann = hours("UTC", daily(NIGHT), daily(NINE_TO_FIVE, number=20), exceptions=monday)
    assert windows(ann, "2026-03-02") == ["01 22:00 - 02 06:00"]


def test_staff_without_a_schedule_are_never_there_and_rooms_are_always_open() -> None:
    assert windows(hours("UTC"), "2026-03-02") == []
    for kind in ("room", "equipment"):
        room = hours("UTC", kind=kind)
        assert room.open(minute("2026-03-02T00:00Z") // 1440) == (1 << 1440) - 1


def test_a_room_without_a_schedule_has_the_hours_of_its_exception_on_that_date() -> None:
    room = hours("UTC", kind="room", exceptions=((date(2026, 3, 2), (NINE_TO_FIVE,)),))
    assert "02 09:00 - 02 17:00" in windows(room, "2026-03-02")
    assert len(windows(room, "2026-03-02")) == 1
