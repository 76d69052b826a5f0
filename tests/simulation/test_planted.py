"""Bugs planted one by one, one for each promise: the simulation finds each within a few seeds, and tells it shortly."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pytest

import booking.advance
import booking.desk
import booking.ownership
import booking.sheet
import booking.shift
import booking.slot as slots
import eventlog.memory
import scheduling.diary
from booking.clerk import Clerk
from booking.desk import Standing
from booking.folder import Folder
from booking.letters import Letter
from booking.sheet import Sheet
from contracts.errors import Rejection
from contracts.session import KeptSession
from contracts.waitlist import KeptEntry
from eventlog.log import Head, InboxRow, PartAppend
from eventlog.memory import MemoryLog
from scheduling.search import Search
from simulation.play import Played, play
from simulation.shrink import history, shrunk
from streams.tail import Tail

SEEDS = [*range(55, 65), *range(1, 31)]
Plant = Callable[[pytest.MonkeyPatch], None]


def free_for_all(patch: pytest.MonkeyPatch) -> None:
    """P1: nobody looks into Ann's diary."""
    look = Search._clear
    patch.setattr(Search, "_clear", lambda self, one: -1 if one == "ann" else look(self, one))


def decided_twice(patch: pytest.MonkeyPatch) -> None:
    """P2: a repetition in the same poll is decided by itself."""
    answer = Clerk.answer

    def forgetful(self: Clerk, letter: Letter, folder: Folder, sheet: Sheet, before: InboxRow | None) -> None:
        known = None if before is sheet.inbox.get(letter.key) else before  # type: ignore[arg-type]
        answer(self, letter, folder, sheet, known)

    patch.setattr(Clerk, "answer", forgetful)


def taken_as_published(patch: pytest.MonkeyPatch) -> None:
    """P3: who takes over believes that all events are on the topic."""

    def published(head: Head, tail: Tail | None) -> int:
        return head.position

    patch.setattr(booking.ownership, "_published", published)


def a_rule_of_its_own(patch: pytest.MonkeyPatch) -> None:
    """P4: deciding knows a rule that slots do not."""
    choose = slots.__dict__["choose"]

    def stricter(book: Any, diary: Any, plan: Any, start: int, now: Any, session_of: Any = None) -> Any:
        if start % 60 == 30:
            return Rejection(code="outside_hours", detail="Not at half past.")
        return choose(book, diary, plan, start, now, session_of)

    patch.setattr(slots, "choose", stricter)


def diary_not_cleared(patch: pytest.MonkeyPatch) -> None:
    """P5: what is moved or cancelled leaves its rows behind."""
    settle = booking.sheet._settle

    def half(whole: PartAppend, *rest: Any) -> None:
        settle(whole, *rest)
        whole.diary_cleared.clear()

    patch.setattr(booking.sheet, "_settle", half)


def offset_too_early(patch: pytest.MonkeyPatch) -> None:
    """P6: the offset is stored with what was decided, before its outcomes are acknowledged."""
    append = booking.shift.Shift._append

    def early(shift: Any, sheet: Any) -> PartAppend:
        whole = append(shift, sheet)
        whole.offset = sheet.next_offset or whole.offset
        return whole

    patch.setattr(booking.shift.Shift, "_append", early)


def alive_until_told(patch: pytest.MonkeyPatch) -> None:
    """P7: a hold blocks until somebody has written that it expired."""
    patch.setattr(scheduling.diary, "lapsed", lambda *_: False)


def clock_believed(patch: pytest.MonkeyPatch) -> None:
    """P7: where the clock steps back the desk goes back with it, and the log takes it."""

    def sheet(part: int, standing: Standing, clock: datetime) -> Sheet:
        return Sheet(part, standing.era, standing.position, clock)

    async def append(log: MemoryLog, batch: Sequence[PartAppend], clock: datetime) -> set[int]:
        passing = [change for change in batch if log._parts[change.part].passes(change)]
        for change in passing:
            log._parts[change.part].check_unique(change)
        for change in passing:
            log._parts[change.part].write(change)
        return {change.part for change in batch} - {change.part for change in passing}

    patch.setattr(booking.desk, "_sheet", sheet)
    patch.setattr(MemoryLog, "append", append)


def fenced_by_nothing(patch: pytest.MonkeyPatch) -> None:
    """P3, P6 or P9, whichever is met first: a paused owner that wakes writes on, whoever has taken over meanwhile."""
    patch.setattr(eventlog.memory._Part, "passes", lambda part, change: True)


def a_seat_too_many(patch: pytest.MonkeyPatch) -> None:
    """P1: a session gives one seat more than it has."""
    remaining = KeptSession.remaining
    patch.setattr(KeptSession, "remaining", lambda self, now, but=None: remaining(self, now, but=but) + 1)


def dead_seats_count(patch: pytest.MonkeyPatch) -> None:
    """P7: seats of a dead hold are taken until somebody has told that they are free."""

    def taken(self: KeptSession, now: datetime, *, but: str | None = None) -> int:
        return sum(seat.appointment_id != but for seat in self.session.seats)

    patch.setattr(KeptSession, "taken", taken)
    patch.setitem(booking.advance.DUE, "session", lambda *_: [])


def claimed_too_late(patch: pytest.MonkeyPatch) -> None:
    """P7: whoever was offered a slot may claim it while it is kept, though it is another's turn by now."""

    def offered(self: KeptEntry, hold_id: str, now: datetime) -> bool:
        return self.entry.status == "offered" and self.entry.hold_id == hold_id

    patch.setattr(KeptEntry, "offered", offered)
    patch.setitem(booking.advance.DUE, "waitlist", lambda *_: [])


PLANTS: list[tuple[str, Plant]] = [
    ("P1", free_for_all),
    ("P2", decided_twice),
    ("P3", taken_as_published),
    ("P3 P6 P9", fenced_by_nothing),
    ("P4", a_rule_of_its_own),
    ("P5", diary_not_cleared),
    ("P6", offset_too_early),
    ("P7", alive_until_told),
    ("P7", clock_believed),
    ("P1 P7", a_seat_too_many),
    ("P7", dead_seats_count),
    ("P7", claimed_too_late),
]
"""With the promises that each breaks, one of them first."""


def first_broken() -> Played | None:
    return next((done for done in map(play, SEEDS) if done.broken), None)


@pytest.mark.parametrize(("promises", "plant"), PLANTS, ids=[plant.__name__ for _, plant in PLANTS])
def test_a_bug_against_each_promise_is_found(promises: str, plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    found = first_broken()
    assert found is not None
    assert found.broken is not None
    assert found.broken.promise in promises.split(), found.broken


def test_what_is_found_is_told_shortly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A place, a service and a resource, and two bookings: little more is needed to take a slot twice."""
    free_for_all(monkeypatch)
    found = first_broken()
    assert found is not None
    short = shrunk(found, seconds=20)
    assert short.broken is not None
    assert short.broken.promise == "P1"
    assert len(short.steps) < 15 < len(found.steps), history(short)
    assert "BROKEN P1" in history(short)
