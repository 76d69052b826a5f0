"""Against: all that stands against a start, each fact with the event that made it so.

It asks the search, so there is a fact exactly if the start is not found. Texts tell times in the resource's zone and
name nobody.
"""

from collections.abc import Iterator
from typing import NamedTuple

from contracts.errors import Blocker
from scheduling.diary import SESSION, Busy, alive
from scheduling.hours import Hours
from scheduling.masks import DAY, join, ones
from scheduling.plans import Need
from scheduling.search import Search
from scheduling.windows import Window
from scheduling.zones import to_datetime, to_local, to_minute_up

HOURS = frozenset({"outside_hours", "time_off", "off_grid"})
"""Reasons that no cancellation would remove."""


class Lack(NamedTuple):
    """Something of a kind that cannot be had, and the facts against each resource that was looked at."""

    kind: str
    facts: list[list[Blocker]]

    @property
    def by_hours(self) -> bool:
        """Closed or off the grid, rather than taken: if there is a choice, only if that is so of everyone."""
        return all(any(one.reason in HOURS for one in facts) for facts in self.facts)


class Against:
    """What stands against one start of a search."""

    def __init__(self, search: Search, start: int) -> None:
        self.search, self.plan, self.start = search, search.plan, start
        self.end = start + self.plan.duration
        self._offset = start - search.stretch.start
        self._anchored = bool(search.anchored(1 << self._offset))

    def past(self) -> list[Blocker]:
        if self.plan.ask.imported or self.start >= to_minute_up(self.search.now):
            return []
        return [self._blocker("in_past", "The start has passed.")]

    def lacks(self) -> list[Lack]:
        """What cannot be had, the primary kind first."""
        named = [Lack(self._kind(one), [self.facts(one)]) for one in self.plan.named]
        lacks = [lack for lack in (*named, *map(self._lack, self.plan.needs)) if any(lack.facts)]
        return sorted(lacks, key=lambda lack: lack.kind != self.plan.primary)

    def _kind(self, resource_id: str) -> str:
        return self.search.book.resources[resource_id].kind

    def _lack(self, need: Need) -> Lack:
        facts = [self.facts(one) for one in need.pool]
        if facts.count([]) >= need.count:
            return Lack(need.kind, [])
        if len(need.pool) < need.count:
            text = f"Too few resources of kind {need.kind} give this service at this location."
            facts.append([self._blocker("none_eligible", text)])
        return Lack(need.kind, [against for against in facts if against])

    def facts(self, resource_id: str) -> list[Blocker]:
        """All that stands against taking this resource then."""
        hours = self.search.book.hours(resource_id)
        found = [*self._closed(resource_id, hours), *self._away(resource_id, hours)]
        if not self._anchored and self._kind(resource_id) == self.plan.primary:
            found += self._off_grid(resource_id, hours)
        return [*found, *self._busy(resource_id, hours)]

    def _closed(self, resource_id: str, hours: Hours) -> Iterator[Blocker]:
        stretch, (before, after) = self.search.stretch, self.plan.outside
        closed = ~join([hours.open(day) for day in stretch.numbers])
        closed &= ones(before + self.plan.duration + after) << (self._offset - before)
        if closed:
            minute = stretch.start + (closed & -closed).bit_length() - 1
            yield self._blocker("outside_hours", _open_text(hours, minute), hours.set_by(minute), resource_id)

    def _away(self, resource_id: str, hours: Hours) -> Iterator[Blocker]:
        for off in hours.away(self.start, self.end):
            what = "Away" if off.reason == "time_off" else "Taken in another calendar"
            text = f"{what} {_times(hours, off.start, off.end)}."
            yield self._blocker(off.reason, text, off.event_id, resource_id, off.start, off.end)

    def _off_grid(self, resource_id: str, hours: Hours) -> Iterator[Blocker]:
        """Closed minutes have no grid to be off."""
        if self.search.grid(resource_id) >> self._offset & 1:
            return
        for window in hours.rota.anchored(self.start // DAY):
            if window.start <= self.start < window.end:
                step = next(step for step in self.plan.steps if (self.start - window.start) % step)
                text = f"Starts lie every {step} minutes from {_time(hours, window.start)}."
                yield self._blocker("off_grid", text, hours.set_by(window.start), resource_id)

    def _busy(self, resource_id: str, hours: Hours) -> Iterator[Blocker]:
        seen: set[str] = set()
        for day in self.search.stretch.numbers:
            for busy in self.search.diary.on(resource_id, day).intervals:
                if busy.stream not in seen and self._clashes(busy):
                    seen.add(busy.stream)
                    yield self._taken(busy, hours)

    def _clashes(self, busy: Busy) -> bool:
        if self.plan.ignores(busy) or not alive(busy, self.search.now):
            return False
        spans = (busy.busy_start, busy.busy_end), (busy.start, busy.end)
        return any(
            spans[gap.sort][0] < self.end + gap.after and self.start - gap.before < spans[gap.sort][1]
            for gap in self.plan.gaps
        )

    def _taken(self, busy: Busy, hours: Hours) -> Blocker:
        reason = "busy" if busy.kind in ("booked", SESSION) else busy.kind
        text = f"{busy.kind.capitalize()} {_times(hours, busy.start, busy.end)}."
        if (busy.start, busy.end) != (busy.busy_start, busy.busy_end):
            text += f" With buffers {_times(hours, busy.busy_start, busy.busy_end)}."
        return self._blocker(reason, text, busy.event_id, busy.resource_id, busy.start, busy.end)

    def _blocker(
        self,
        reason: str,
        text: str,
        event_id: str | None = None,
        resource_id: str | None = None,
        start: int | None = None,
        end: int | None = None,
    ) -> Blocker:
        """Without an interval of its own, a fact is about the slot asked for."""
        return Blocker(
            reason=reason,
            event_id=event_id,
            resource_id=resource_id,
            start=to_datetime(self.start if start is None else start),
            end=to_datetime(self.end if end is None else end),
            text=text,
        )


def _open_text(hours: Hours, minute: int) -> str:
    """The hours of the local date that a minute lies on."""
    local = hours.rota.date_of(minute)
    first, last = hours.rota.midnight(local), hours.rota.day_end(local)
    windows = [Window(max(one.start, first), min(one.end, last)) for one in hours.rota.touching(minute // DAY)]
    text = ", ".join(_times(hours, *one) for one in windows if one.start < one.end)
    return f"Open {text}." if text else "Closed that day."


def _times(hours: Hours, start: int, end: int) -> str:
    """Midnight as an end is the 24:00 of the day before."""
    return f"{_time(hours, start)}-{_time(hours, end).replace('00:00', '24:00')}"


def _time(hours: Hours, minute: int) -> str:
    return to_local(minute, hours.place_at(minute)).strftime("%H:%M")
