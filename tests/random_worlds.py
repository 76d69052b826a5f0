"""Random worlds around the nights when clocks change, and random wishes in them."""

from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import strategies as st

from worlds import EPOCH, Away, Layer, Resource, Taken, Wall, Wish, World, instant

NIGHTS = (
    ("America/New_York", date(2026, 3, 8)), ("America/New_York", date(2026, 11, 1)), ("Europe/London", date(2026, 3, 29)),
    ("Europe/London", date(2026, 10, 25)), ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)), ("Asia/Kathmandu", date(2026, 3, 2)), ("Pacific/Chatham", date(2026, 4, 5)),
    ("Pacific/Chatham", date(2026, 9, 27)), ("America/Santiago", date(2026, 4, 5)), ("America/Santiago", date(2026, 9, 6)),
    ("America/Havana", date(2026, 3, 8)), ("America/Havana", date(2026, 11, 1)), ("Asia/Beirut", date(2026, 3, 29)),
    ("Pacific/Apia", date(2011, 12, 30)), ("America/St_Johns", date(2006, 10, 29)), ("UTC", date(2026, 3, 4)),
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
weekly = st.one_of(
    st.lists(st.tuples(st.just(DAYS), walls), min_size=1, max_size=3).map(tuple),
    st.lists(st.tuples(some_days, walls), max_size=4).map(tuple),
    st.sampled_from([EVER[:1], EVER[1:2], EVER[2:]]),
)


def days_around(middle: date) -> st.SearchStrategy[date]:
    return st.integers(-3, 3).map(lambda offset: middle + timedelta(days=offset))


def minutes_around(middle: date, reach: int = 2000) -> st.SearchStrategy[int]:
    origin = (middle - EPOCH.date()).days * 1440
    return st.integers(-reach, reach).map(lambda offset: origin + offset)


@st.composite
def layers(draw: st.DrawFn, middle: date) -> tuple[Layer, ...]:
    numbers = draw(st.lists(st.integers(0, 20), max_size=2, unique=True))
    ends = st.one_of(st.none(), days_around(middle))
    return tuple(Layer(number, draw(weekly), draw(ends), draw(ends)) for number in numbers)


@st.composite
def away(draw: st.DrawFn, middle: date) -> Away:
    if draw(st.booleans()):
        start = draw(minutes_around(middle))
        return Away(start, start + draw(st.integers(1, 500)))
    day = draw(days_around(middle))
    return Away(day, day + timedelta(days=draw(st.integers(1, 2))))


@st.composite
def resources(draw: st.DrawFn, id: str, tz: str, middle: date) -> Resource:
    exceptions = st.dictionaries(days_around(middle), st.lists(walls, max_size=2).map(tuple), max_size=2)
    return Resource(
        id=id,
        kind=draw(st.sampled_from(["staff", "staff", "room", "equipment"])),
        tz=draw(st.sampled_from([tz, tz, "UTC"])),
        layers=draw(layers(middle)),
        exceptions=tuple(draw(exceptions).items()),
        away=tuple(draw(st.lists(away(middle), max_size=1))),
        eligible=draw(st.sampled_from([True, True, True, False])),
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


def moments(first: int):  # type: ignore[no-untyped-def]
    """A few instants that deadlines and `now` share, so that they often coincide."""
    return st.sampled_from([instant(first - 5000), instant(first + 61), instant(first + 61) + timedelta(microseconds=1)])


@st.composite
def worlds(draw: st.DrawFn, tz: str, middle: date, first: int) -> World:
    ids = [f"r{number}" for number in range(draw(st.integers(1, 4)))]
    kinds = draw(st.lists(st.sampled_from(["staff", "room", "equipment"]), min_size=1, max_size=2, unique=True))
    return World(
        resources=tuple(draw(resources(id, tz, middle)) for id in ids),
        taken=tuple(draw(taken(number, ids, first)) for number in range(draw(st.integers(0, 4)))),
        duration=draw(st.sampled_from([1, 20, 30, 75])),
        step=draw(st.sampled_from([None, 1, 10, 45])),
        before=draw(st.sampled_from([0, 0, 10])),
        after=draw(st.sampled_from([0, 0, 25])),
        requires=tuple((kind, draw(st.sampled_from([1, 1, 2]))) for kind in kinds),
        policy=draw(st.sampled_from(["sum", "sum", "max", "existing_only", "query_after"])),
        outside=draw(st.sampled_from(["allow", "allow", "deny"])),
    )


@st.composite
def wishes(draw: st.DrawFn, world: World, first: int) -> Wish:
    able = [resource.id for resource in world.resources if resource.eligible]
    streams = st.sampled_from([None, *(one.stream for one in world.taken)])
    return Wish(
        named=tuple(draw(st.lists(st.sampled_from(able), max_size=2, unique=True))) if able else (),
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
