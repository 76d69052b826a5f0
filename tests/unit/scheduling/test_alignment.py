"""Alignment: round minutes of the clock on the wall, whatever its zone, and on the nights when it changes."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.alignment import by_clock
from scheduling.hours import Stretch
from scheduling.masks import DAY, positions
from scheduling.zones import known_zone
from worlds import EPOCH, minute

NIGHTS = [
    ("UTC", "2026-03-04"), ("Asia/Kathmandu", "2026-03-04"), ("Asia/Kathmandu", "1985-12-31"),
    ("America/New_York", "2026-03-08"), ("America/New_York", "2026-11-01"), ("Australia/Lord_Howe", "2026-04-04"),
    ("Australia/Lord_Howe", "2026-10-03"), ("Pacific/Chatham", "2026-04-04"), ("Pacific/Apia", "2011-12-30"),
    ("America/St_Johns", "2006-10-29"), ("Africa/Monrovia", "1972-01-06"),
]  # fmt: skip


@pytest.mark.parametrize("step", [5, 15, 60, 45, 400])
@pytest.mark.parametrize(("tz", "day"), NIGHTS)
def test_starts_are_the_multiples_that_a_clock_on_the_wall_shows(tz: str, day: str, step: int) -> None:
    stretch = Stretch(minute(f"{day}T00:00Z") // DAY - 1, 3)
    shown = {}
    for number in range(stretch.start, stretch.end):
        clock = (EPOCH + timedelta(minutes=number)).astimezone(ZoneInfo(tz))
        shown[number - stretch.start] = clock.hour * 60 + clock.minute
    found = list(positions(by_clock(known_zone(tz), stretch, step)))
    assert found == [position for position, minutes in shown.items() if minutes % step == 0]
