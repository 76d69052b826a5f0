"""The diary: which intervals each resource-day has. Masks are made of what is alive at `now`, and only that (P7).

Days are loaded one by one; what was written here is newer than what a day is loaded with. While a trial is set, every
change is a part of it: all are undone at its end, unless they are kept.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self

from scheduling.advance import lapsed
from scheduling.masks import DAY, between

_NEVER = datetime.max.replace(tzinfo=UTC)
_ALWAYS = datetime.min.replace(tzinfo=UTC)
_MISSING = object()
_NOWHERE: frozenset[tuple[str, int]] = frozenset()

SESSION = "session"
"""The kind of what a session takes. Its `owner` is the session's service: it may be what a start of that means."""

Key = tuple[str, int]
"""A resource and a UTC day."""


class Busy(NamedTuple):
    """What an appointment takes of one resource's time: the core `[start, end)` and the padded interval around it."""

    stream: str
    resource_id: str
    start: int
    end: int
    busy_start: int
    busy_end: int
    kind: str
    expires_at: datetime | None
    owner: str | None
    event_id: str


class DayNotLoaded(LookupError):
    """A decision needs a resource-day that is not in memory: load it and decide again."""

    def __init__(self, resource_id: str, day: int) -> None:
        super().__init__(resource_id, day)
        self.resource_id = resource_id
        self.day = day


def alive(busy: Busy, now: datetime) -> bool:
    return not lapsed(busy.kind, busy.expires_at, now)


Masks = tuple[int, int]
"""Minutes of a day that are taken, with and without buffers."""


class Day:
    """The intervals of one resource-day. It never changes; its masks are remade when the set alive does."""

    __slots__ = ("_masks", "_since", "_until", "intervals", "number")

    def __init__(self, number: int, intervals: tuple[Busy, ...]) -> None:
        self.number = number
        self.intervals = intervals
        self._since, self._until, self._masks = _NEVER, _ALWAYS, (0, 0)

    def masks(self, now: datetime) -> Masks:
        if not self._since <= now < self._until:
            self._remake(now)
        return self._masks

    def _remake(self, now: datetime) -> None:
        """The masks hold from the last deadline that has passed until the next one."""
        deadlines = [busy.expires_at for busy in self.intervals if busy.expires_at is not None]
        self._since = max((at for at in deadlines if at <= now), default=_ALWAYS)
        self._until = min((at for at in deadlines if at > now), default=_NEVER)
        self._masks = self.masks_of(busy for busy in self.intervals if alive(busy, now))

    def plus(self, more: Sequence[Busy]) -> "Day":
        """The day with more intervals. Where these have no deadline its masks are added to, not remade."""
        day = Day(self.number, (*self.intervals, *more))
        for busy in more:
            if busy.expires_at is not None:
                return day
        day._since, day._until = self._since, self._until
        (padded, core), (more_padded, more_core) = self._masks, self.masks_of(more)
        day._masks = padded | more_padded, core | more_core
        return day

    def masks_of(self, intervals: Iterable[Busy]) -> Masks:
        low, padded, core = self.number * DAY, 0, 0
        for busy in intervals:
            padded |= between(busy.busy_start, busy.busy_end, low, low + DAY)
            core |= between(busy.start, busy.end, low, low + DAY)
        return padded, core

    def but(self, ignored: Callable[[Busy], bool], now: datetime) -> Masks:
        """The masks as if the intervals ignored were not there."""
        if not any(ignored(busy) for busy in self.intervals):
            return self.masks(now)
        return self.masks_of(busy for busy in self.intervals if alive(busy, now) and not ignored(busy))


class Diary:
    """Resource-days by resource and day, and where each stream has its intervals."""

    __slots__ = ("_ahead", "_days", "_where", "_written", "classes", "trial")

    def __init__(self) -> None:
        self._days: dict[str, dict[int, Day]] = {}
        self._where: dict[str, frozenset[Key]] = {}
        self._written: dict[str, bool] = {}
        self._ahead: dict[Key, tuple[Busy, ...]] = {}
        self.classes = False
        """Whether a session was ever met in it: most tenants have none, and need not be searched for any."""
        self.trial: Trial | None = None
        """While one is set, whatever is written is a part of it."""

    def has_day(self, resource_id: str, day: int) -> bool:
        days = self._days.get(resource_id)
        return days is not None and day in days

    def on(self, resource_id: str, day: int) -> Day:
        days = self._days.get(resource_id)
        if days is None or (found := days.get(day)) is None:
            raise DayNotLoaded(resource_id, day)
        return found

    def put_day(self, resource_id: str, day: int, intervals: Iterable[Busy]) -> None:
        """Loads a day. Of the streams that were written here, what was written counts."""
        key = resource_id, day
        before = self._on(key)
        for busy in before:
            self._where[busy.stream] -= {key}
        stored = [busy for busy in intervals if busy.stream not in self._written]
        newer = [busy for busy in before if busy.stream in self._written]
        self._ahead.pop(key, None)
        self._days.setdefault(resource_id, {})[day] = Day(day, (*stored, *newer))
        self.classes = self.classes or any(busy.kind == SESSION for busy in stored)
        for busy in self._on(key):
            self._where[busy.stream] = self._where.get(busy.stream, frozenset()) | {key}

    def write(self, stream: str, intervals: Iterable[Busy]) -> None:
        """From now on the stream has just these intervals."""
        new: dict[Key, list[Busy]] = {}
        for busy in intervals:
            self.classes = self.classes or busy.kind == SESSION
            for key in keys_of(busy):
                new.setdefault(key, []).append(busy)
        before = self._where.get(stream, _NOWHERE)
        for key in before:
            others = [busy for busy in self._on(key) if busy.stream != stream]
            self._set_day(key, (*others, *new.get(key, ())))
        for key, added in new.items():
            if key not in before:
                self._add(key, added)
        self._put(self._where, stream, frozenset(new))
        self._put(self._written, stream, True)

    def clear(self, stream: str) -> None:
        self.write(stream, ())

    def _on(self, key: Key) -> tuple[Busy, ...]:
        resource_id, day = key
        found = self._days.get(resource_id, {}).get(day)
        return found.intervals if found else self._ahead.get(key, ())

    def _add(self, key: Key, added: list[Busy]) -> None:
        days = self._days.get(key[0])
        if days is not None and (day := days.get(key[1])) is not None:
            self._put(days, key[1], day.plus(added))
        else:
            self._put(self._ahead, key, (*self._ahead.get(key, ()), *added))

    def _set_day(self, key: Key, intervals: tuple[Busy, ...]) -> None:
        resource_id, day = key
        if self.has_day(resource_id, day):
            self._put(self._days[resource_id], day, Day(day, intervals))
        else:
            self._put(self._ahead, key, intervals)

    def _put(self, mapping: dict[Any, Any], key: Any, value: Any) -> None:
        if self.trial:
            self.trial.put(mapping, key, value)
        else:
            mapping[key] = value


def keys_of(busy: Busy) -> list[Key]:
    """The resource-days that a padded interval lies on."""
    return [(busy.resource_id, day) for day in range(busy.busy_start // DAY, (busy.busy_end - 1) // DAY + 1)]


class Trial:
    """`with` it a trial of a diary lasts, and of whatever else is `put` through it. One may be a part of another."""

    __slots__ = ("_before", "_diary", "_outer", "kept")

    def __init__(self, diary: Diary) -> None:
        self.kept = False
        self._diary = diary
        self._outer: Trial | None = None
        self._before: list[tuple[dict[Any, Any], Any, Any]] = []

    def __enter__(self) -> Self:
        self._outer, self._diary.trial = self._diary.trial, self
        return self

    def __exit__(self, *_: object) -> None:
        self._diary.trial = self._outer
        if not self.kept:
            self._undo()
        elif self._outer:
            self._outer._before += self._before

    def keep(self) -> None:
        self.kept = True

    def put(self, mapping: dict[Any, Any], key: Any, value: Any) -> None:
        self._before.append((mapping, key, mapping.get(key, _MISSING)))
        mapping[key] = value

    def _undo(self) -> None:
        for mapping, key, value in reversed(self._before):
            if value is _MISSING:
                del mapping[key]
            else:
                mapping[key] = value
