"""Worlds: plain facts about a small clinic, read by the oracle as they are, made a book and a diary of by the tests."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Wall = tuple[str, str]
"""`("09:00", "17:00")` on the clock on the wall."""


def minute(text: str) -> int:
    """`2026-03-02T14:00Z` in whole minutes."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(minutes=1)


def instant(number: float) -> datetime:
    return EPOCH + timedelta(minutes=number)


@dataclass(frozen=True)
class Layer:
    number: int
    weekly: tuple[tuple[tuple[str, ...], Wall], ...]
    first: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Again:
    """Every so many days, or on these weekdays, so many times; it counts what the clocks do not skip."""

    days: int = 1
    weekdays: tuple[str, ...] = ()
    times: int = 3


@dataclass(frozen=True)
class Away:
    """Minutes, or local dates; perhaps again and again, then by the clocks of the resource's own zone."""

    start: int | date
    end: int | date
    again: Again | None = None


@dataclass(frozen=True)
class Trip:
    """The zone of some local dates."""

    tz: str
    first: date
    until: date


@dataclass(frozen=True)
class Resource:
    id: str
    kind: str = "staff"
    tz: str = "UTC"
    layers: tuple[Layer, ...] = ()
    exceptions: tuple[tuple[date, tuple[Wall, ...]], ...] = ()
    away: tuple[Away, ...] = ()
    eligible: bool = True
    trips: tuple[Trip, ...] = ()
    holidays: tuple[tuple[date, tuple[Wall, ...]], ...] = ()
    """Of its place, so the same for everybody."""
    elsewhere: tuple[tuple[int, int], ...] = ()
    """What another calendar has."""


@dataclass(frozen=True)
class Taken:
    """An interval of a resource, with its buffers, alive until its deadline."""

    stream: str
    resource: str
    start: int
    end: int
    before: int = 0
    after: int = 0
    kind: str = "booked"
    until: datetime | None = None
    owner: str | None = None


@dataclass(frozen=True)
class World:
    resources: tuple[Resource, ...]
    taken: tuple[Taken, ...] = ()
    duration: int = 30
    step: int | None = None
    before: int = 0
    after: int = 0
    requires: tuple[tuple[str, int], ...] = (("staff", 1),)
    policy: str = "sum"
    outside: str = "allow"


@dataclass(frozen=True)
class Wish:
    """What is asked for. Nothing named means any."""

    named: tuple[str, ...] = ()
    duration: int | None = None
    step: int | None = None
    owner: str | None = None
    hold: str | None = None
    move: str | None = None
    imported: bool = False
    now: datetime = field(default=EPOCH)
