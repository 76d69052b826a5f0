"""Allowed: the starts that the terms of a resource allow, and what they have against one that they do not.

Notice and horizon are about `now` and the dates of the place; a limit about the period that a start lies in, by the
clocks of the resource.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from contracts.errors import Blocker
from contracts.events import Limit
from scheduling.diary import Diary
from scheduling.hours import Stretch
from scheduling.limits import Tally, reached, tally, text_of
from scheduling.masks import between
from scheduling.periods import Period, business_day, local_day, midnight, periods
from scheduling.plans import Plan
from scheduling.terms import Notice, Said, Terms
from scheduling.zones import known_zone, to_datetime, to_local, to_minute, to_minute_up

RULES = frozenset({"too_soon", "too_far", "limit_reached"})
"""Reasons that are neither closed hours nor somebody else's time."""

_NEVER, _EVER = 0, 1 << 40


class Bound(NamedTuple):
    """The first or last minute of what notice and horizon allow, and the words for a start beyond it."""

    minute: int
    said: Said | None
    text: str


class Allowed:
    """The terms of a plan's resources at `now`. Masks count from the first minute of the stretch."""

    __slots__ = ("_bounds", "diary", "now", "plan", "stretch", "terms")

    def __init__(self, terms: dict[str, Terms], diary: Diary, plan: Plan, stretch: Stretch, now: datetime) -> None:
        self.terms, self.diary, self.plan, self.stretch, self.now = terms, diary, plan, stretch, now
        self._bounds: dict[Notice, tuple[Bound, Bound]] = {}

    def starts(self, resource_id: str) -> int:
        """The minutes of the stretch at which an appointment of the plan may start."""
        terms, (low, high) = self.terms[resource_id], (self.stretch.start, self.stretch.end)
        earliest, latest = self._within(terms)
        mask = between(earliest.minute, latest.minute, low, high)
        for limit, whose in terms.limits if mask else ():
            for period in periods(limit.per, terms.tz, low, high):
                if reached(limit, self._tally(whose, period), self.plan.duration):
                    mask &= ~between(period.start, period.end, low, high)
        return mask

    def against(self, resource_id: str, start: int) -> Iterator[Blocker]:
        """What the terms have against one start: something exactly if it is none of `starts`."""
        yield from self.untimely(resource_id, start)
        terms = self.terms[resource_id]
        for limit, whose in terms.limits:
            period = next(periods(limit.per, terms.tz, start, start + 1))
            taken = self._tally(whose, period)
            if reached(limit, taken, self.plan.duration):
                yield _full(limit, taken, period, resource_id, terms.limited_by)

    def untimely(self, resource_id: str, start: int) -> Iterator[Blocker]:
        """What notice and horizon have against it."""
        earliest, latest = self._within(self.terms[resource_id])
        if start < earliest.minute:
            yield self._blocker("too_soon", earliest, start)
        elif start >= latest.minute:
            yield self._blocker("too_far", latest, start)

    # --- notice and horizon -----------------------------------------------------------------------------------

    def _within(self, terms: Terms) -> tuple[Bound, Bound]:
        """`[earliest, latest)`; a start that was agreed on before lies where it lies."""
        if terms.notice is None or self.plan.ask.agreed:
            return _ANY_TIME
        found = self._bounds.get(terms.notice)
        if found is None:
            found = self._bounds[terms.notice] = self._earliest(terms.notice), self._latest(terms.notice)
        return found

    def _earliest(self, notice: Notice) -> Bound:
        found = _ANY_TIME[0]
        if notice.minutes:
            first = to_minute_up(self.now) + notice.minutes.value
            found = Bound(first, notice.minutes, f"Starts lie at least {notice.minutes.value} minutes ahead")
        if notice.days and (first := midnight(self._today + notice.days.value, self._tz)) > found.minute:
            found = Bound(first, notice.days, f"Starts lie at least {notice.days.value} days ahead")
        return found

    def _latest(self, notice: Notice) -> Bound:
        if notice.horizon is None:
            return _ANY_TIME[1]
        days = notice.horizon.value
        last = business_day(self._today, days) if notice.business else self._today + days
        text = f"Starts lie at most {days} {'business ' if notice.business else ''}days ahead"
        return Bound(midnight(last + 1, self._tz), notice.horizon, text)

    @property
    def _tz(self) -> str:
        """Dates ahead are counted where it takes place."""
        return self.plan.location.defined.tz

    @property
    def _today(self) -> int:
        return local_day(to_minute(self.now), self._tz)

    def _blocker(self, reason: str, bound: Bound, start: int) -> Blocker:
        """Of the slot itself, unless it is a rule of that resource alone."""
        word = "from" if reason == "too_soon" else "until"
        local = to_local(bound.minute, known_zone(self._tz)).strftime("%Y-%m-%d %H:%M")
        return Blocker(
            reason=reason,
            event_id=bound.said.event_id if bound.said else None,
            resource_id=bound.said.resource_id if bound.said else None,
            start=to_datetime(start),
            end=to_datetime(start + self.plan.duration),
            text=f"{bound.text}: {word} {local}.",
        )

    # --- limits -----------------------------------------------------------------------------------------------

    def _tally(self, whose: tuple[str, ...], period: Period) -> Tally:
        return tally(self.diary, whose, period, self.now, self.plan.ignores)


def _full(limit: Limit, taken: Tally, period: Period, resource_id: str, said: Said | None) -> Blocker:
    """About the period, which is more than the slot asked for."""
    return Blocker(
        reason="limit_reached",
        event_id=said.event_id if said else None,
        resource_id=resource_id,
        start=to_datetime(period.start),
        end=to_datetime(period.end),
        text=text_of(limit, taken),
        scope=limit.of,
        per=limit.per,
    )


_ANY_TIME = Bound(_NEVER, None, ""), Bound(_EVER, None, "")
