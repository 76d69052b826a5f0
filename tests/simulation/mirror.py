"""The mirror: the fold of one tenant's log, from its beginning, beside the desk and without any of its caches."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from booking.state import TenantState
from booking.view import Ids, View
from contracts.record import Record
from contracts.values import Actor
from scheduling.diary import Busy
from scheduling.occupancy import busy_intervals

DAY = 1440


class Mirror:
    """Only what was read of the log is in it."""

    def __init__(self, tenant: str) -> None:
        self.state = TenantState(tenant)
        self.read = 0

    def feed(self, record: Record) -> None:
        self.read += 1
        self.state.evolve(record)

    def view(self, now: datetime, *, imported: bool = False) -> View:
        """For a decision that is only tried."""
        return View(
            now=now,
            state=self.state,
            sender="simulation",
            actor=Actor(type="system", id="simulation"),
            new_id=Ids(self.state.tenant, "simulation", str(self.read)),
            email_key=lambda email: email,
            imported=imported,
        )

    def load(self, days: Iterable[tuple[str, int]]) -> None:
        """Resource-days, of what the appointments say that they take."""
        missing = sorted(key for key in days if not self.state.diary.has_day(*key))
        everything = self.busy() if missing else []
        for resource_id, day in missing:
            self.state.diary.put_day(resource_id, day, [one for one in everything if _is_on(one, resource_id, day)])

    def busy(self) -> list[Busy]:
        return [busy for stream, kept in self._taking() for busy in busy_intervals(kept, stream)]

    def _taking(self) -> Iterable[tuple[str, Any]]:
        """Appointments, and sessions of classes."""
        sessions = ((stream, one) for stream, one in self.state.entries.items() if stream.startswith("session/"))
        return [*self.state.kept.items(), *sessions]

    def on(self, resource_id: str, day: int) -> set[Busy]:
        return {busy for busy in self.busy() if _is_on(busy, resource_id, day)}


def _is_on(busy: Busy, resource_id: str, day: int) -> bool:
    return busy.resource_id == resource_id and busy.busy_start < (day + 1) * DAY and busy.busy_end > day * DAY
