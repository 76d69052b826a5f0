"""Hours: when a resource can be booked at all, as masks of UTC days, by the clocks of its zone.

Open minutes come from its windows, the grid from their anchors. Closures take minutes away from the core of a slot
only: they move no grid, and buffers may reach into them. All is expanded once for each version of the resource.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, tzinfo
from typing import NamedTuple

from contracts.events import Trip
from scheduling.closures import Closures, Off
from scheduling.masks import DAY, between, every, join, runs, shifted
from scheduling.supply import Closure, ExceptionDay, Foreign, Holidays, Layer
from scheduling.windows import Rota, Window

_KEPT_DAYS = 400
"""Days of masks kept of each sort: a year and a month of a resource are 72 kB."""


class Stretch(NamedTuple):
    """Consecutive UTC days."""

    first_day: int
    days: int

    @property
    def numbers(self) -> range:
        return range(self.first_day, self.first_day + self.days)

    @property
    def start(self) -> int:
        return self.first_day * DAY

    @property
    def end(self) -> int:
        return (self.first_day + self.days) * DAY


class Hours:
    """One resource's hours in one zone. `event_id` is what an `always` open or never open one is owed to."""

    def __init__(
        self,
        tz: str,
        schedules: Mapping[int, Layer],
        exceptions: Mapping[date, ExceptionDay],
        time_off: Mapping[str, Closure],
        always: bool,
        event_id: str,
        trips: Sequence[Trip] = (),
        holidays: Holidays | None = None,
        foreign: Iterable[Foreign] = (),
    ) -> None:
        self.rota = Rota(tz, schedules, exceptions, always, event_id, trips, holidays)
        self._closures = Closures(self.rota, time_off.values(), foreign) or None
        self._masks: dict[tuple[int, ...], int] = {}
        self._weight = 0

    def starts(self, stretch: Stretch, duration: int, before: int = 0, after: int = 0) -> int:
        """Where `duration` minutes without time off begin, with the buffers around them inside the hours too."""
        key = (*stretch, duration, before, after)
        found = self._masks.get(key)
        if found is None:
            found = self._keep(key, stretch.days, self._starts(stretch, duration, before, after))
        return found

    def _starts(self, stretch: Stretch, duration: int, before: int, after: int) -> int:
        open_ = join([self.open(day) for day in stretch.numbers])
        core = runs(open_ & ~join([self.off(day) for day in stretch.numbers]), duration)
        if not (before or after):
            return core
        return core & shifted(runs(open_, before + duration + after), before)

    def grid(self, stretch: Stretch, step: int) -> int:
        """The starts on the grid: from each window's anchor on, in steps of elapsed minutes."""
        key = (*stretch, step)
        found = self._masks.get(key)
        if found is None:
            found = self._keep(key, stretch.days, join([self._day_grid(day, step) for day in stretch.numbers]))
        return found

    def _day_grid(self, day: int, step: int) -> int:
        low, high, mask = day * DAY, (day + 1) * DAY, 0
        for window in self.rota.anchored(day):
            mask |= every(window.start, step, low, min(high, window.end))
        return mask

    def open(self, day: int) -> int:
        found = self._masks.get((day,))
        if found is None:
            found = self._keep((day,), 1, self._union(self.rota.touching(day), day))
        return found

    def off(self, day: int) -> int:
        return self._union(self._closures.on(day), day) if self._closures else 0

    def _union(self, intervals: "list[Window] | list[Off]", day: int) -> int:
        mask = 0
        for one in intervals:
            mask |= between(one.start, one.end, day * DAY, (day + 1) * DAY)
        return mask

    def _keep(self, key: tuple[int, ...], weight: int, mask: int) -> int:
        self._weight += weight
        if self._weight > _KEPT_DAYS:
            self._masks.clear()
            self._weight = weight
        self._masks[key] = mask
        return mask

    def away(self, start: int, end: int) -> list[Off]:
        """The closures that touch `[start, end)`, in order."""
        return self._closures.touching(start, end) if self._closures else []

    def set_by(self, minute: int) -> str:
        """The event that decides about the local date a minute lies on."""
        return self.rota.on(self.rota.date_of(minute)).event_id

    def place_at(self, minute: int) -> tzinfo:
        """Whose clocks count at a minute."""
        return self.rota.place_on(self.rota.date_of(minute))
