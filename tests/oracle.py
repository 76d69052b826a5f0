"""The oracle: whether a start can be booked, found by walking minutes. Slow, plain, and no code of the product in it.

Every UTC minute is turned into local time by `zoneinfo`; a window is what lies between the first minute that reads
its start and the first that reads its end; a run of open minutes is a window that starts where it begins.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from itertools import combinations, product
from zoneinfo import ZoneInfo

from worlds import EPOCH, Again, Away, Resource, Taken, Wall, Wish, World, instant

WEEK = 7 * 24 * 60
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@cache
def local(tz: str, minute: int) -> datetime:
    """What the clock on the wall reads."""
    return (EPOCH + timedelta(minutes=minute)).astimezone(ZoneInfo(tz)).replace(tzinfo=None)


@cache
def first_reading(tz: str, wall: datetime) -> int:
    """The first minute at which the clock reads `wall` or later."""
    minute = (wall.replace(tzinfo=UTC) - EPOCH) // timedelta(minutes=1) - 30 * 60
    while local(tz, minute) < wall:
        minute += 1
    return minute


def clock(day: date, text: str) -> datetime:
    hours, minutes = map(int, text.split(":"))
    return datetime(day.year, day.month, day.day) + timedelta(hours=hours, minutes=minutes)


def windows(resource: Resource, day: date) -> tuple[Wall, ...]:
    """The windows of one local date: its exception's, else its holiday's, else the lowest layer's that covers it."""
    for exception, own in (*resource.exceptions, *resource.holidays):
        if exception == day:
            return own
    for layer in sorted(resource.layers, key=lambda layer: layer.number):
        if (layer.first is None or layer.first <= day) and (layer.until is None or day < layer.until):
            return tuple(wall for days, wall in layer.weekly if WEEKDAYS[day.weekday()] in days)
    always = resource.kind != "staff" and not resource.layers
    return (("00:00", "24:00"),) if always else ()


@lru_cache(maxsize=512)
def open_minutes(resource: Resource, middle: date) -> frozenset[int]:
    """Every open minute within twelve days of a date."""
    found: set[int] = set()
    for offset in range(-12, 13):
        day = middle + timedelta(days=offset)
        for start, end in windows(resource, day):
            first, last = clock(day, start), clock(day, end)
            if last <= first:
                last += timedelta(days=1)
            tz = tz_on(resource, day)
            found.update(range(first_reading(tz, first), first_reading(tz, last)))
    return frozenset(found)


def tz_on(resource: Resource, day: date) -> str:
    """The zone of a local date: that of the trip it lies in, else the resource's own."""
    return next((trip.tz for trip in resource.trips if trip.first <= day < trip.until), resource.tz)


@lru_cache(maxsize=4096)
def midnights(resource: Resource, middle: date) -> frozenset[int]:
    days = (middle + timedelta(days=offset) for offset in range(-12, 13))
    return frozenset(day_start(resource, day) for day in days)


def day_start(resource: Resource, day: date) -> int:
    return first_reading(tz_on(resource, day), clock(day, "00:00"))


def day_end(resource: Resource, day: date) -> int:
    return first_reading(tz_on(resource, day), clock(day, "24:00"))


@lru_cache(maxsize=4096)
def anchor(resource: Resource, minute: int) -> int | None:
    """Where the grid of an open minute starts; closed ones have none."""
    middle = instant(minute).date()
    is_open = open_minutes(resource, middle)
    if minute not in is_open:
        return None
    back, ahead = minute, minute
    while back - 1 in is_open and minute - back <= WEEK:
        back -= 1
    while ahead + 1 in is_open and ahead - minute <= WEEK:
        ahead += 1
    if ahead + 1 - back < WEEK:
        return back
    start = minute
    while start - 1 in is_open and start not in midnights(resource, middle):
        start -= 1
    return start


def is_away(resource: Resource, minute: int) -> bool:
    spans = (*(span for away in resource.away for span in spans_of(resource, away)), *resource.elsewhere)
    return any(start <= minute < end for start, end in spans)


@lru_cache(maxsize=4096)
def spans_of(resource: Resource, away: Away) -> tuple[tuple[int, int], ...]:
    """All the times that somebody is away, in minutes."""
    if isinstance(away.start, date) and isinstance(away.end, date):
        more, starts = away.end - away.start - timedelta(days=1), [away.start]
        if away.again:
            named = days_of(away.start, away.again)
            starts = [day for day in named if day_start(resource, day) < day_end(resource, day)][: away.again.times]
        return tuple((day_start(resource, day), day_end(resource, day + more)) for day in starts)
    assert isinstance(away.start, int)
    assert isinstance(away.end, int)
    if away.again is None:
        return ((away.start, away.end),)
    begin, end = local(resource.tz, away.start), local(resource.tz, away.end)
    walls = [datetime.combine(day, begin.time()) for day in days_of(begin.date(), away.again)]
    read = [wall for wall in walls if local(resource.tz, first_reading(resource.tz, wall)) == wall]
    pairs = ((wall, wall + (end - begin)) for wall in read[: away.again.times])
    return tuple((first_reading(resource.tz, first), first_reading(resource.tz, last)) for first, last in pairs)


def days_of(first: date, again: Again) -> list[date]:
    """The dates from the first on that the rule names: enough of them to count."""
    days = [first + timedelta(days=number) for number in range(40)]
    if again.weekdays:
        return [day for day in days if WEEKDAYS[day.weekday()] in again.weekdays]
    return days[:: again.days]


def clashes(taken: Taken, world: World, start: int, end: int) -> bool:
    """Whether the policy forbids a slot beside an interval."""
    before, after = world.before, world.after
    if world.policy == "sum":
        return _overlap(start - before, end + after, taken.start - taken.before, taken.end + taken.after)
    if world.policy == "existing_only":
        return _overlap(start, end, taken.start - taken.before, taken.end + taken.after)
    if world.policy == "query_after":
        return _overlap(start, end, taken.start, taken.end + after)
    if taken.end <= start:
        return start - taken.end < max(taken.after, before)
    if end <= taken.start:
        return taken.start - end < max(after, taken.before)
    return True


def _overlap(start: int, end: int, other: int, other_end: int) -> bool:
    return any(other <= minute < other_end for minute in range(start, end))


def is_alive(taken: Taken, wish: Wish) -> bool:
    if taken.stream == wish.move or (taken.stream == wish.hold and taken.owner == wish.owner):
        return False
    return taken.kind == "booked" or taken.until is None or wish.now < taken.until


def is_free(world: World, wish: Wish, resource: Resource, start: int) -> bool:
    """Open, not away, and nothing in the way."""
    end = start + (wish.duration or world.duration)
    is_open = open_minutes(resource, instant(start).date())
    before, after = (world.before, world.after) if world.outside == "deny" else (0, 0)
    if any(minute not in is_open for minute in range(start - before, end + after)):
        return False
    if any(is_away(resource, minute) for minute in range(start, end)):
        return False
    own = (taken for taken in world.taken if taken.resource == resource.id and is_alive(taken, wish))
    return not any(clashes(taken, world, start, end) for taken in own)


def on_grid(world: World, wish: Wish, resource: Resource, start: int) -> bool:
    origin = anchor(resource, start)
    step = world.step or min(wish.duration or world.duration, 15)
    return origin is not None and all((start - origin) % every == 0 for every in (step, wish.step or 1))


def companies(world: World, wish: Wish) -> Iterator[tuple[Resource, ...]]:
    """All the sets of resources that would do, if they were free."""
    named = tuple(resource for resource in world.resources if resource.id in wish.named)
    choices = []
    for kind, count in world.requires:
        lacking = max(0, count - sum(resource.kind == kind for resource in named))
        pool = [one for one in world.resources if one.kind == kind and one.eligible and one not in named]
        choices.append(list(combinations(pool, lacking)))
    for chosen in product(*choices):
        yield named + tuple(resource for group in chosen for resource in group)


def accepts(world: World, wish: Wish, start: int) -> bool:
    """Whether a booking of that start would succeed."""
    if not wish.imported and instant(start) < wish.now:
        return False
    primary = world.requires[0][0]
    free = {one for one in world.resources if is_free(world, wish, one, start)}
    gridded = {one for one in free if one.kind == primary and on_grid(world, wish, one, start)}
    return any(free.issuperset(company) and gridded.intersection(company) for company in companies(world, wish))
