"""Search: one look at the diary for the starts of a plan, over some days.

Booking looks for one start, availability for all of a month, with the same `found`: so what is offered and what can
be booked are the same starts (P4).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from scheduling.alignment import aligned
from scheduling.allowed import Allowed
from scheduling.book import Book
from scheduling.diary import Diary
from scheduling.hours import Stretch
from scheduling.masks import DAY, at_least, between, join, ones, runs, shifted
from scheduling.plans import Plan
from scheduling.zones import to_minute_up


class Search:
    """A plan held against the diary at `now`. Masks count from the first minute of the stretch."""

    __slots__ = ("_free", "_grids", "allowed", "book", "diary", "now", "plan", "stretch")

    def __init__(self, book: Book, diary: Diary, plan: Plan, stretch: Stretch, now: datetime) -> None:
        self.book, self.diary, self.plan, self.stretch, self.now = book, diary, plan, stretch, now
        self._free: dict[str, int] = {}
        self._grids: dict[str, int] = {}
        self.allowed = None
        if plan.terms and not plan.ask.imported:
            self.allowed = Allowed(plan.terms, diary, plan, stretch, now)

    def wanted(self, first: int, last: int) -> int:
        """The starts in `[first, last)` that have not passed; of history all of them."""
        if not (self.plan.ask.imported or self.plan.ask.begun):
            first = max(first, to_minute_up(self.now))
        return between(first, last, self.stretch.start, self.stretch.end)

    def found(self, wanted: int) -> int:
        """Those of the wanted starts at which everything that the plan takes is open and free, and on the grid."""
        for resource_id in self.plan.named:
            wanted &= self.free(resource_id)
        wanted = self.anchored(wanted) if wanted else 0
        for need in self.plan.needs:
            if not wanted:
                break
            wanted = at_least(need.count, map(self.free, need.pool), wanted)
        return wanted

    def anchored(self, wanted: int) -> int:
        """Those that are on the grid of one of the primary resources that can be taken then."""
        found = wanted & self.named_grid()
        for resource_id in self.primary_pool():
            if found == wanted:
                break
            found |= wanted & self.grid(resource_id) & self.free(resource_id)
        return found

    def primary_pool(self) -> tuple[str, ...]:
        """Needs follow the order of the service's kinds, so that of the primary kind is the first, if any."""
        needs = self.plan.needs
        return needs[0].pool if needs and needs[0].kind == self.plan.primary else ()

    def named_grid(self) -> int:
        mask = 0
        for resource_id in self.plan.anchors:
            mask |= self.grid(resource_id)
        return mask

    def grid(self, resource_id: str) -> int:
        found = self._grids.get(resource_id)
        if found is None:
            hours, found = self.book.hours(resource_id), -1
            steps, on_the_hour = self.plan.steps, False
            if self.plan.terms:
                steps, on_the_hour, _ = self.plan.grid(resource_id)
            for step in steps:
                found &= aligned(hours, self.stretch, step) if on_the_hour else hours.grid(self.stretch, step)
            self._grids[resource_id] = found
        return found

    def free(self, resource_id: str) -> int:
        """The minutes, on the grid or not, at which the resource is open and nothing, rules included, is in the way."""
        found = self._free.get(resource_id)
        if found is None:
            found = self.book.hours(resource_id).starts(self.stretch, self.plan.duration, *self.plan.outside)
            if found:
                found &= self._clear(resource_id)
            if found and self.allowed:
                found &= self.allowed.starts(resource_id)
            self._free[resource_id] = found
        return found

    def _clear(self, resource_id: str) -> int:
        plan, now, on = self.plan, self.now, self.diary.on
        days = [on(resource_id, day) for day in self.stretch.numbers]
        masks = [day.but(plan.ignores, now) for day in days] if plan.excepts else [day.masks(now) for day in days]
        clear, all_ = -1, ones(self.stretch.days * DAY)
        for gap in plan.gaps:
            taken = join([mask[gap.sort] for mask in masks])
            clear &= shifted(runs(all_ ^ taken, gap.before + plan.duration + gap.after), gap.before)
        return clear

    def pick(self, bit: int) -> list[str]:
        """The resources taken at one start that was found: those named, and of the others the first free by id."""
        if not self.plan.needs:
            return list(self.plan.named)
        anchored = bool(self.named_grid() & bit)
        free = [(one for one in need.pool if self.free(one) & bit) for need in self.plan.needs]
        return next(self.sets(free, lambda one: anchored or bool(self.grid(one) & bit)))

    def sets(self, free: Sequence[Iterable[str]], anchors: Callable[[str], bool]) -> Iterator[list[str]]:
        """Every choice for the first need, each with the first free of the others. `free` goes with the needs."""
        needs = self.plan.needs
        if not needs:
            yield list(self.plan.named)
            return
        rest = [one for need, able in zip(needs[1:], free[1:], strict=True) for one in islice(able, need.count)]
        if needs[0].kind != self.plan.primary:
            anchors = _any
        for chosen in _groups(needs[0].count, free[0], anchors):
            yield [*self.plan.named, *chosen, *rest]


def _any(resource_id: str) -> bool:
    return True


def _groups(count: int, free: Iterable[str], anchors: Callable[[str], bool]) -> Iterator[list[str]]:
    """Each anchor, with the first others that it needs beside it; the same company is named once."""
    if count == 1:
        yield from ([one] for one in free if anchors(one))
        return
    everyone, seen = list(free), set()
    for anchor in filter(anchors, everyone):
        others = islice((one for one in everyone if one != anchor), count - 1)
        company = tuple(sorted([anchor, *others]))
        if company not in seen:
            seen.add(company)
            yield list(company)
