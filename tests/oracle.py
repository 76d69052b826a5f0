"""The oracle: whether a start can be booked, found by walking minutes. Slow, plain, and no code of the product in it.

Every UTC minute is turned into local time by `zoneinfo`; a window is what lies between the first minute that reads
its start and the first that reads its end; a run of open minutes is a window that starts where it begins.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from itertools import combinations, product
from typing import Any
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
            if end == "23:59" and resource.to_midnight:
                end = "24:00"
            first, last = clock(day, start), clock(day, end)
            if last <= first:
                last += timedelta(days=1)
            tz = tz_on(resource, day)
            found.update(range(first_reading(tz, first), first_reading(tz, last)))
    return frozenset(found)


def tz_on(resource: Resource, day: date) -> str:
    """The zone of a local date: that of the trip it lies in, else the resource's own."""
    return next((trip.tz for trip in resource.trips if trip.first <= day < trip.until), resource.tz)


def tz_at(resource: Resource, minute: int) -> str:
    """The zone whose date a minute lies on, when its own clock says so; between two zones it is the one at home."""
    home = local(resource.tz, minute).date()
    for ahead in (0, 1, -1):
        day = home + timedelta(days=ahead)
        if local(tz_on(resource, day), minute).date() == day:
            return tz_on(resource, day)
    return resource.tz


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
    if align := rule(world, resource, "align_minutes"):
        clock_reads = local(tz_at(resource, start), start)
        since = clock_reads.hour * 60 + clock_reads.minute
        return all(since % every == 0 for every in (align, wish.step or 1))
    origin = anchor(resource, start)
    scopes = SCOPES[:1] if world.step else SCOPES
    step = rule(world, resource, "slot_step_minutes", scopes) or world.step or min(wish.duration or world.duration, 15)
    return origin is not None and all((start - origin) % every == 0 for every in (step, wish.step or 1))


SCOPES = (("service",), ("location", "tenant"))
"""Wider and wider ones, beside the resource's own; what a service's definition says stands between the two."""


def rule(world: World, resource: Resource, member: str, scopes: tuple[tuple[str, ...], ...] = SCOPES) -> Any:
    """What the narrowest scope that speaks of it says."""
    said = {scope: dict(members) for scope, members in world.rules}
    for scope in (resource.id, *(one for few in scopes for one in few)):
        if member in said.get(scope, {}):
            return said[scope][member]
    return None


@cache
def day_of(tz: str, minute: int) -> date:
    """The local date that began last."""
    reads = local(tz, minute).date()
    days = [reads + timedelta(days=offset) for offset in (-1, 0, 1)]
    return max(day for day in days if first_reading(tz, clock(day, "00:00")) <= minute)


def is_in_time(world: World, wish: Wish, resource: Resource, start: int) -> bool:
    """Neither too soon nor too far."""
    today = day_of(world.tz, (wish.now - EPOCH) // timedelta(minutes=1))
    dates_ahead = [today + timedelta(days=ahead) for ahead in range(1, (day_of(world.tz, start) - today).days + 1)]
    notice, notice_days = (rule(world, resource, f"min_notice_{unit}") for unit in ("minutes", "days"))
    if notice is not None and instant(start) < wish.now + timedelta(minutes=notice):
        return False
    if notice_days is not None and len(dates_ahead) < notice_days:
        return False
    horizon: int | None = rule(world, resource, "horizon_days")
    if horizon is None:
        return True
    if rule(world, resource, "horizon") != "business":
        return len(dates_ahead) <= horizon
    return sum(day.weekday() < 5 for day in dates_ahead[:-1]) < horizon if dates_ahead else True


def is_within_limits(world: World, wish: Wish, resource: Resource, start: int) -> bool:
    own = [taken for taken in world.taken if taken.resource == resource.id and is_alive(taken, wish)]
    for per, most in rule(world, resource, "limits") or ():
        then = period(per, day_of(resource.tz, start))
        there = [taken for taken in own if period(per, day_of(resource.tz, taken.start)) == then]
        minutes = sum(taken.end - taken.start for taken in there) + (wish.duration or world.duration)
        if len(there) >= most.get("count", 10**6) or minutes > most.get("minutes", 10**6):
            return False
    return True


def period(per: str, day: date) -> tuple[int, ...]:
    if per == "week":
        return tuple(day.isocalendar()[:2])
    return {"day": (day.year, day.month, day.day), "month": (day.year, day.month), "year": (day.year,)}[per]


def is_allowed(world: World, wish: Wish, resource: Resource, start: int) -> bool:
    """What the policies say; history is told nothing, and who agreed on a start before has been told."""
    if wish.imported:
        return True
    in_time = wish.agreed or is_in_time(world, wish, resource, start)
    return in_time and is_within_limits(world, wish, resource, start)


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
    free = {one for one in world.resources if is_allowed(world, wish, one, start) and is_free(world, wish, one, start)}
    gridded = {one for one in free if one.kind == primary and on_grid(world, wish, one, start)}
    return any(free.issuperset(company) and gridded.intersection(company) for company in companies(world, wish))
