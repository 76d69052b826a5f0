"""What questions about supply are answered: lists without what is retired, and taken time by its type."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from availability.moment import Moment
from availability.questions import supply
from availability.questions.freebusy import intervals
from availability.sources import Sources
from contracts import commands as c
from given import ann_works, booked, given, held, sent
from samples import command, instant, location, service
from scheduling.book import Book
from scheduling.zones import to_minute

ICS = (
    "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20260302T140000Z\nDURATION:PT1H\nEND:VEVENT\n"
    "BEGIN:VEVENT\nUID:2\nDTSTART:20260302T150000Z\nDURATION:PT1H\nSTATUS:TENTATIVE\nEND:VEVENT\nEND:VCALENDAR\n"
)


NOWHERE, NEVER = cast(Sources, None), cast(Moment, None)


@pytest.fixture
def keep(monkeypatch: pytest.MonkeyPatch) -> Callable[[Book], None]:
    """From now on this very book is asked, wherever and whenever."""

    def kept(book: Book) -> None:
        async def book_at(*_: Any) -> Book:
            return book

        monkeypatch.setattr(supply, "book_at", book_at)

    return kept


Keep = Callable[[Book], None]


@pytest.mark.parametrize(
    ("kind", "retire"),
    [("locations", c.RetireLocation), ("services", c.RetireService), ("resources", c.RetireResource)],
)
async def test_what_is_retired_is_in_no_list_but_found_by_id(keep: Keep, kind: str, retire: type[c.Command]) -> None:
    ids = {"locations": "main", "services": "cut", "resources": "ann"}
    others = {"locations": ["side"], "services": ["colour"], "resources": []}
    facts = ann_works("09:00-17:00"), sent(location("side"), service("colour"), command(retire, id=ids[kind]))
    keep(given(*facts).clinic.state.book)
    assert [one["id"] for one in await supply.every(NOWHERE, NEVER, kind)] == others[kind]
    assert (await supply.one(NOWHERE, NEVER, kind, ids[kind]))["retired"] is True


async def test_a_resource_tells_its_certificates_calendars_and_what_recurs(keep: Keep) -> None:
    off = {"id": "off", "start": "2026-03-02T12:00Z", "end": "2026-03-02T13:00Z", "rrule": "FREQ=DAILY"}
    facts = sent(
        command(c.SetEligibility, resource_id="ann", services=[{"service_id": "cut"}]),
        command(c.ImportExternalBusy, resource_id="ann", source="google", ics=ICS),
        command(c.AddTimeOff, resource_id="ann", busy_type="busy", **off),
    )
    keep(given(ann_works("09:00-17:00"), facts).clinic.state.book)
    told = await supply.one(NOWHERE, NEVER, "resources", "ann")
    assert told["eligibility"] == [{"service_id": "cut", "location_ids": []}]
    assert [(one["source"], one["intervals"]) for one in told["external_busy"]] == [("google", 2)]
    assert [(one["id"], one["rrule"], one["busy_type"]) for one in told["time_off"]] == [("off", "FREQ=DAILY", "busy")]


def test_taken_time_has_the_type_that_was_told() -> None:
    away = command(c.AddTimeOff, resource_id="ann", start="2026-03-02T12:00Z", end="2026-03-02T13:00Z")
    lunch = command(
        c.AddTimeOff, resource_id="ann", start="2026-03-02T13:00Z", end="2026-03-02T13:30Z", busy_type="busy"
    )
    other = command(c.ImportExternalBusy, resource_id="ann", source="google", ics=ICS)
    clinic = given(ann_works("09:00-17:00"), sent(away, lunch, other), booked("09:00"), held("10:00")).clinic
    day = to_minute(instant("00:00"))
    clinic.load([("ann", day // 1440)])
    found = intervals(clinic.state.book, clinic.state.diary, "ann", day, day + 1440, clinic.now)
    assert [(f"{one['start']:%H:%M}", f"{one['end']:%H:%M}", one["type"]) for one in found] == [
        ("09:00", "09:30", "busy"), ("10:00", "10:30", "tentative"), ("12:00", "13:00", "unavailable"),
        ("13:00", "13:30", "busy"), ("14:00", "15:00", "busy"), ("15:00", "16:00", "tentative"),
    ]  # fmt: skip
