"""Rules of series and rules of time off have a reader each: what both understand, both understand alike."""

from datetime import datetime
from itertools import islice

import pytest

from contracts.errors import Rejection
from scheduling import recurrence, recurring
from scheduling.zones import existing, known_zone

RULES = [
    "FREQ=DAILY;COUNT=9", "FREQ=DAILY;INTERVAL=3;COUNT=5", "FREQ=DAILY;UNTIL=20260405", "FREQ=WEEKLY;COUNT=6",
    "FREQ=WEEKLY;BYDAY=SU,TU;COUNT=8", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU;COUNT=8",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=MO;COUNT=8", "FREQ=MONTHLY;BYDAY=-1SU;COUNT=12",
    "FREQ=MONTHLY;BYMONTHDAY=29;COUNT=12", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=-3;COUNT=7",
    "FREQ=YEARLY;BYMONTH=3,10;BYDAY=-1SU;COUNT=4", "FREQ=DAILY;UNTIL=20260403T003000Z",
    "FREQ=DAILY;UNTIL=20260402T023000", "FREQ=WEEKLY;UNTIL=20261101T003000Z",
]  # fmt: skip
PLACES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
STARTS = [datetime(2026, 3, 29, 1, 45), datetime(2026, 3, 29, 9, 0), datetime(2026, 3, 1, 2, 30)]
STARTS += [datetime(2026, 10, 25, 2, 30), datetime(2026, 10, 4, 2, 15)]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("rule", RULES)
def test_both_readers_give_the_same_starts(rule: str, place: str) -> None:
    understood, zone = recurring.understood(rule), known_zone(place)
    assert isinstance(understood, recurring.Rule)
    for start in STARTS:
        first = existing(start, zone)
        if first is None:
            continue
        series = recurrence.occurrences(rule, first, place)
        if isinstance(series, Rejection):
            continue
        off = islice(recurring.occurrences(understood, start, zone), recurrence.MOST)
        assert list(series) == [existing(local, zone) for local in off], start


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=HOURLY;COUNT=2",
        "FREQ=DAILY;COUNT=2;UNTIL=20260405",
        "COUNT=2",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;UNTIL=20261301",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=DAILY;X=1",
    ],
)
def test_both_readers_refuse_what_is_no_rule(rule: str) -> None:
    assert isinstance(recurring.understood(rule), str)
    assert isinstance(recurrence.occurrences(rule, 0, "UTC"), Rejection)
