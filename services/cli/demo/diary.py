"""A clinic's diary as it really looks, from a seed: rush hours, no-shows, moves, two people for one slot.

Pure: the same seed and day give the same commands. What lies before today is sent as history (`imported`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

ZONE = "America/New_York"
WEEKS_BEFORE, WEEKS_AFTER = 9, 4
STAFF = {"ann": "Dr. Ann Lee", "ben": "Dr. Ben Okafor", "cho": "Dr. Cho Min", "dee": "Nurse Dee Ray", "eli": "Eli Sato"}
ROOMS = {"room1": "Room 1", "room2": "Room 2", "room3": "Room 3"}
MINUTES = {"check-up": 30, "vaccination": 15, "treatment": 60}
RUSH = {8: 3, 9: 9, 10: 7, 11: 5, 12: 1, 13: 2, 14: 4, 15: 6, 16: 8, 17: 4}
"""How much more often an hour is asked for."""

FIRST = (
    "Ada",
    "Bo",
    "Cleo",
    "Dan",
    "Eve",
    "Finn",
    "Gus",
    "Hana",
    "Ines",
    "Jo",
    "Kim",
    "Lou",
    "Mia",
    "Ned",
    "Ola",
    "Pia",
)
LAST = (
    "Adams",
    "Berg",
    "Costa",
    "Diaz",
    "Evans",
    "Fox",
    "Gray",
    "Hill",
    "Ito",
    "Jones",
    "Khan",
    "Lopez",
    "Moore",
    "Nash",
)


@dataclass(frozen=True, slots=True)
class Planned:
    """One command to publish, in order; `note` tells what pattern it belongs to."""

    id: str
    type: str
    data: dict[str, Any]
    imported: bool
    note: str


@dataclass(slots=True)
class Quarter:
    """The quarter around `today`, about `bookings` bookings and what becomes of them."""

    seed: int
    today: date
    bookings: int
    prefix: str
    _random: Random = field(init=False)
    _count: int = 0

    def __post_init__(self) -> None:
        self._random = Random(self.seed)

    def commands(self) -> Iterator[Planned]:
        """All commands in the order in which the clinic's people would send them."""
        for number in range(self.bookings):
            yield from self._life(f"{self.prefix}-{number}", self._day())

    def _day(self) -> date:
        while True:
            day = self.today + timedelta(days=self._random.randrange(-7 * WEEKS_BEFORE, 7 * WEEKS_AFTER))
            if day.weekday() < 5 and day != self.today:
                return day

    def _start(self, day: date) -> datetime:
        hour = self._random.choices(list(RUSH), weights=list(RUSH.values()))[0]
        return datetime.combine(day, time(hour, self._random.choice((0, 15, 30, 45))), ZoneInfo(ZONE))

    def _customer(self) -> dict[str, str]:
        first, last = self._random.choice(FIRST), self._random.choice(LAST)
        return {"name": f"{first} {last}", "email": f"{first}.{last}@example.com".lower()}

    def _life(self, appointment: str, day: date) -> Iterator[Planned]:
        past = day < self.today
        booking = self._booking(appointment, self._start(day))
        yield self._plan("BookAppointment", booking, past, "booking")
        if self._random.random() < 0.06:
            yield self._rival(booking, past)
        fate = self._random.random()
        if fate < 0.10:
            moved = {
                "appointment_id": appointment,
                "start": self._start(day).isoformat(),
                "reason": "asked for another time",
            }
            yield self._plan("RescheduleAppointment", moved, past, "move")
        elif fate < 0.18:
            reason = {"appointment_id": appointment, "reason": self._random.choice(("ill", "no ride", "forgot it"))}
            yield self._plan("CancelAppointment", reason, past, "cancellation")
            return
        if past:
            yield from self._visit(appointment)
        elif self._random.random() < 0.4:
            yield self._plan("ConfirmAppointment", {"appointment_id": appointment}, past, "confirmation")

    def _booking(self, appointment: str, start: datetime) -> dict[str, Any]:
        wish = [self._random.choice(list(STAFF))] if self._random.random() < 0.7 else None
        booking: dict[str, Any] = {
            "id": appointment,
            "service_id": self._random.choices(list(MINUTES), weights=(5, 3, 2))[0],
            "start": start.isoformat(),
            "customer": self._customer(),
            "source": self._random.choice(("online", "phone")),
        }
        return booking | ({"resources": wish} if wish else {})

    def _rival(self, booking: dict[str, Any], past: bool) -> Planned:
        return self._plan(
            "BookAppointment",
            booking | {"id": f"{booking['id']}-rival", "customer": self._customer()},
            past,
            "conflict",
        )

    def _visit(self, appointment: str) -> Iterator[Planned]:
        named = {"appointment_id": appointment}
        if self._random.random() < 0.09:
            yield self._plan("MarkNoShow", named, True, "no-show")
            return
        for step in ("ConfirmAppointment", "CheckIn", "StartAppointment", "CompleteAppointment"):
            yield self._plan(step, named, True, "visit")

    def _plan(self, kind: str, data: dict[str, Any], imported: bool, note: str) -> Planned:
        self._count += 1
        return Planned(f"{self.prefix}-c{self._count}", kind, data, imported, note)
