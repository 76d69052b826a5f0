"""What a clinic's log makes notification plan and judge: `planned(scene)` in the words of a table."""

from datetime import datetime, timedelta
from typing import Any

from contracts.record import Record
from given import Scene
from notification.life import Life, live
from notification.planning import Plan, plan
from notification.rows import Row
from scheduling.book import Book, evolve

ANN = "resource/ann"


class Planned:
    """The plans of a scene's appointments, event by event. `last` is that of the last event."""

    def __init__(self, scene: Scene, **how: Any) -> None:
        self.records = scene.clinic.records
        self.book = Book.empty(scene.clinic.state.tenant)
        self.plans: list[tuple[Record, Plan]] = []
        lives: dict[str, Life] = {}
        for record in self.records:
            self.book = evolve(self.book, record)
            if record.stream.startswith("appointment/") and (after := live(lives.get(record.stream), record)):
                made = plan(lives.get(record.stream), record, after, self.book, **how)
                self.plans.append((record, made))
                lives[record.stream] = after
        self.lives = lives

    @property
    def last(self) -> Plan:
        return self.plans[-1][1]

    @property
    def rows(self) -> list[Row]:
        return [row for _, made in self.plans for row in made.rows]

    @property
    def life(self) -> Life:
        return self.lives[self.plans[-1][0].stream]

    def stream(self) -> list[Record]:
        return [one for one in self.records if one.stream == self.plans[-1][0].stream]


def planned(scene: Scene, **how: Any) -> Planned:
    return Planned(scene, **how)


def told(rows: list[Row]) -> set[tuple[str, str]]:
    """Messages that go out, by kind and audience; reminders apart."""
    return {(row.kind, row.audience) for row in rows if row.status == "planned" and row.kind != "reminder"}


def reminders(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.kind == "reminder"]


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def one(rows: list[Row], kind: str, audience: str = "customer") -> Row:
    [found] = [row for row in rows if (row.kind, row.audience) == (kind, audience)]
    return found


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)
