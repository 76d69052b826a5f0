"""Random worlds around the nights when clocks change, and random wishes in them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from worlds import EPOCH, Again, Away, Layer, Resource, Taken, Trip, Wall, Wish, World, instant

NIGHTS = tuple(
    (tz, date.fromisoformat(day))
    for tz, day in (
        ("America/New_York", "2026-03-08"), ("America/New_York", "2026-11-01"), ("Europe/London", "2026-03-29"),
        ("Europe/London", "2026-10-25"), ("Australia/Lord_Howe", "2026-04-05"), ("Australia/Lord_Howe", "2026-10-04"),
        ("Asia/Kathmandu", "2026-03-02"), ("Asia/Kathmandu", "1986-01-01"), ("Pacific/Chatham", "2026-04-05"),
        ("Pacific/Chatham", "2026-09-27"), ("America/Santiago", "2026-04-05"), ("America/Santiago", "2026-09-06"),
        ("America/Havana", "2026-03-08"), ("America/Havana", "2024-11-03"), ("Asia/Beirut", "2026-03-29"),
        ("Pacific/Apia", "2011-12-30"), ("America/St_Johns", "2006-10-29"), ("UTC", "2026-03-04"),
    )
)  # fmt: skip
"""A zone and a date about which something happens to its clocks: gaps and repeats, also at midnight, a date that is
skipped, offsets of a quarter of an hour; and one place where nothing does."""

HOURS = ("00:00", "00:30", "01:00", "01:30", "02:00", "02:30", "05:10", "09:00", "12:00", "17:00", "23:00", "24:00")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVER = tuple((DAYS, wall) for wall in (("00:00", "24:00"), ("09:00", "09:00"), ("00:00", "12:00"), ("12:00", "00:00")))


@dataclass(frozen=True)
class Scene:
    """A world, a wish, and the starts that are looked at."""

    world: World
    wish: Wish
    first: int
    last: int


walls: st.SearchStrategy[Wall] = st.tuples(st.sampled_from(HOURS), st.sampled_from(HOURS))
some_days = st.lists(st.sampled_from(DAYS), min_size=1, max_size=7, unique=True).map(tuple)
daily = st.lists(st.tuples(st.just(DAYS), walls), min_size=1, max_size=3).map(tuple)
weekly = st.one_of(
    daily,
    daily,
    st.lists(st.tuples(some_days, walls), max_size=6).map(tuple),
    st.sampled_from([EVER[:1], EVER[1:2], EVER[2:]]),
)


def mostly(usual: object, *others: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """`usual` more often than not: a world in which everything is special has nothing to offer."""
    return st.one_of(*[st.just(usual)] * 3, *others)


def days_around(middle: date) -> st.SearchStrategy[date]:
    return st.integers(-3, 3).map(lambda offset: middle + timedelta(days=offset))


def minutes_around(middle: date, reach: int = 2000) -> st.SearchStrategy[int]:
    origin = (middle - EPOCH.date()).days * 1440
    return st.integers(-reach, reach).map(lambda offset: origin + offset)


@st.composite
def layers(draw: st.DrawFn, middle: date) -> tuple[Layer, ...]:
    numbers = draw(st.sampled_from([(10,), (10,), (10, 20), (20, 5), ()]))
    ends = mostly(None, days_around(middle))
    return tuple(Layer(number, draw(weekly), draw(ends), draw(ends)) for number in numbers)


agains = st.builds(
    Again, days=st.integers(1, 3), weekdays=mostly((), some_days), times=st.sampled_from([1, 2, 3, 4, 30])
)


@st.composite
def away(draw: st.DrawFn, middle: date) -> Away:
    again = draw(st.one_of(st.none(), agains))
    if draw(st.booleans()):
        start = draw(minutes_around(middle, 6000 if again else 2000))
        return Away(start, start + draw(st.integers(1, 500)), again)
    day = draw(days_around(middle))
    return Away(day, day + timedelta(days=draw(st.integers(1, 2))), again)


@st.composite
def trips(draw: st.DrawFn, middle: date) -> tuple[Trip, ...]:
    """One that begins or ends near the night that is looked at, perhaps at the other end of the world."""
    tz = draw(st.sampled_from(["Europe/London", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago"]))
    first = draw(days_around(middle))
    return (Trip(tz, first, first + timedelta(days=draw(st.integers(1, 3)))),)


@st.composite
def resources(
    draw: st.DrawFn, id: str, kind: str, tz: str, middle: date, holidays: tuple[tuple[date, tuple[Wall, ...]], ...]
) -> Resource:
    spans = minutes_around(middle).flatmap(lambda start: st.tuples(st.just(start), st.just(start + 45)))
    exceptions = st.dictionaries(days_around(middle), st.lists(walls, max_size=2).map(tuple), min_size=1, max_size=2)
    return Resource(
        id=id,
        kind=kind,
        tz=draw(st.sampled_from([tz, tz, "UTC"])),
        layers=draw(layers(middle)),
        exceptions=tuple(draw(mostly({}, exceptions)).items()),
        away=tuple(draw(mostly([], st.lists(away(middle), min_size=1, max_size=1)))),
        eligible=draw(mostly(True, st.booleans())),
        trips=draw(mostly((), trips(middle))),
        holidays=holidays,
        elsewhere=draw(mostly((), st.lists(spans, min_size=1, max_size=2).map(tuple))),
    )


@st.composite
def taken(draw: st.DrawFn, number: int, ids: list[str], first: int) -> Taken:
    start = first + draw(st.integers(-100, 240))
    kind = draw(st.sampled_from(["booked", "held", "requested"]))
    until = None if kind == "booked" else draw(st.one_of(st.none(), moments(first)))
    return Taken(
        stream=f"appointment/{number}",
        resource=draw(st.sampled_from(ids)),
        start=start,
        end=start + draw(st.integers(1, 60)),
        before=draw(st.sampled_from([0, 0, 7])),
        after=draw(st.sampled_from([0, 0, 13])),
        kind=kind,
        until=until,
        owner=draw(st.sampled_from([None, "joe", "eve"])),
    )


def moments(first: int) -> st.SearchStrategy[datetime]:
    """A few instants that deadlines and `now` share, so that they often coincide."""
    soon = instant(first + 61)
    return st.sampled_from([instant(first - 5000), soon, soon + timedelta(microseconds=1)])


@st.composite
def worlds(draw: st.DrawFn, tz: str, middle: date, first: int) -> World:
    kinds = draw(st.lists(st.sampled_from(["staff", "room", "equipment"]), min_size=1, max_size=2, unique=True))
    requires = tuple((kind, draw(st.sampled_from([1, 1, 2]))) for kind in kinds)
    needed = [kind for kind, count in requires for _ in range(count + draw(st.integers(0, 1)))]
    everyone = draw(st.permutations(needed + draw(st.sampled_from([[], [], ["staff"], ["room"]]))))
    ids = [f"r{number}" for number in range(len(everyone))]
    closed = st.tuples(days_around(middle), st.lists(walls, max_size=1).map(tuple)).map(lambda holiday: (holiday,))
    holidays = draw(mostly((), closed))
    return World(
        resources=tuple(
            draw(resources(id, kind, tz, middle, holidays)) for id, kind in zip(ids, everyone, strict=True)
        ),
        taken=tuple(draw(taken(number, ids, first)) for number in range(draw(st.integers(0, 6)))),
        duration=draw(st.sampled_from([1, 20, 30, 75])),
        step=draw(st.sampled_from([None, 1, 10, 45])),
        before=draw(st.sampled_from([0, 0, 10])),
        after=draw(st.sampled_from([0, 0, 25])),
        requires=requires,
        policy=draw(st.sampled_from(["sum", "sum", "max", "existing_only", "query_after"])),
        outside=draw(st.sampled_from(["allow", "allow", "deny"])),
    )


@st.composite
def wishes(draw: st.DrawFn, world: World, first: int) -> Wish:
    able = [resource.id for resource in world.resources if resource.eligible]
    streams = st.sampled_from([None, *(one.stream for one in world.taken)])
    return Wish(
        named=tuple(draw(mostly([], st.lists(st.sampled_from(able), max_size=2, unique=True)))) if able else (),
        duration=draw(st.sampled_from([None, None, 40])),
        step=draw(st.sampled_from([None, None, 20])),
        owner=draw(st.sampled_from([None, "joe"])),
        hold=draw(streams),
        move=draw(streams),
        imported=draw(st.sampled_from([False, False, True])),
        now=draw(moments(first)),
    )


@st.composite
def scenes(draw: st.DrawFn, length: int = 240) -> Scene:
    tz, middle = draw(st.sampled_from(NIGHTS))
    first = draw(minutes_around(middle))
    world = draw(worlds(tz, middle, first))
    return Scene(world, draw(wishes(world, first)), first, first + length)
