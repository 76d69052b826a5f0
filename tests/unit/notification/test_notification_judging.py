"""At the moment of sending the log has the last word: what is stale, late or unwanted by then is not sent."""

from typing import Any

import pytest

from contracts import commands as c
from given import Scene, ann_works, booked, given, on_it, sent
from notification.planning import CANCELLED, MOVED, QUIET, STARTED
from notification.rows import RETRYING, Row
from notification.sending.judging import SWITCHED_OFF, Keep, Send, Verdict, Wait, judge
from notified import Planned, at, one, planned
from samples import iso, policies

HOURLY = {"audience": "customer", "channel": "email", "offset_minutes": 60}
OPEN = ann_works("09:00-17:00", email="ann@example.com"), sent(policies(reminders=[HOURLY])), booked("15:00")
MOVE = on_it(c.RescheduleAppointment, start=iso("16:00"))
CANCEL = on_it(c.CancelAppointment)
TOMBSTONE = on_it(c.TombstoneAppointment)
AGAIN = on_it(c.ReinstateAppointment)
TO_ANN = on_it(c.ReassignAppointment, resources=["ann"])


def scene(*whats: Any) -> Scene:
    made = given(*OPEN)
    for what in whats:
        made.when(what)
        assert made.clinic.refusal is None
    return made


def judged(made: Planned, row: Row, now: str = "14:00") -> Verdict:
    return judge(row, made.stream(), made.book, at(iso(now)))


def test_a_reminder_goes_when_nothing_has_changed() -> None:
    made = planned(scene())
    verdict = judged(made, one(made.rows, "reminder"))
    assert isinstance(verdict, Send)
    assert verdict.head.seen.version == 1


@pytest.mark.parametrize(("what", "reason"), [(MOVE, MOVED), (CANCEL, CANCELLED), (TOMBSTONE, CANCELLED)])
def test_a_reminder_that_the_log_has_superseded_is_not_sent(what: Any, reason: str) -> None:
    """Though nobody has planned that yet: the row is still the one of version 1."""
    row = one(planned(scene()).rows, "reminder")
    assert judged(planned(scene(what)), row) == Keep("superseded", reason)


def test_a_confirmation_in_between_supersedes_nothing() -> None:
    row = one(planned(scene()).rows, "reminder")
    assert isinstance(judged(planned(scene(on_it(c.ConfirmAppointment))), row), Send)


def test_the_moved_reminder_goes_and_tells_the_new_time() -> None:
    made = planned(scene(MOVE))
    row = next(row for row in made.rows if row.kind == "reminder" and row.version == 2)
    verdict = judged(made, row, "15:00")
    assert isinstance(verdict, Send)
    assert verdict.head.seen.start == at(iso("16:00"))


@pytest.mark.parametrize("kind", ["reminder", "booked"])
def test_nothing_is_announced_once_it_has_begun(kind: str) -> None:
    made = planned(scene())
    assert judged(made, one(made.rows, kind), "15:00") == Keep("suppressed", STARTED)


def test_a_reminder_that_the_tenant_has_switched_off_since_is_not_sent() -> None:
    row = one(planned(scene()).rows, "reminder")
    assert judged(planned(scene(policies(reminders=[]))), row) == Keep("suppressed", SWITCHED_OFF)


@pytest.mark.parametrize("what", [CANCEL, TOMBSTONE])
def test_a_late_request_is_not_sent_once_it_does_not_take_place(what: Any) -> None:
    row = one(planned(scene()).rows, "booked")
    assert judged(planned(scene(what)), row) == Keep("superseded", CANCELLED)


def test_a_late_cancellation_is_not_sent_of_what_stands_again() -> None:
    row = one(planned(scene(CANCEL)).rows, "cancelled")
    assert judged(planned(scene(CANCEL, AGAIN)), row) == Keep("superseded", MOVED)
    assert isinstance(judged(planned(scene(CANCEL, TOMBSTONE)), row), Send)


def test_the_first_invitation_goes_before_that_of_a_move_but_is_not_tried_again_after_it() -> None:
    row, made = one(planned(scene()).rows, "booked"), planned(scene(MOVE))
    assert isinstance(judged(made, row), Send)
    assert judged(made, row._replace(status=RETRYING)) == Keep("superseded", MOVED)


def test_each_message_tells_the_time_that_was_agreed_when_it_was_planned_and_counts_up() -> None:
    made = planned(scene(MOVE))
    first = judged(made, next(row for row in made.rows if row.kind == "booked" and row.audience == "customer"))
    second = judged(made, one(made.rows, "rescheduled"))
    assert isinstance(first, Send)
    assert isinstance(second, Send)
    assert (first.then.seen.start, first.then.sequence) == (at(iso("15:00")), 0)
    assert (second.then.seen.start, second.then.sequence) == (at(iso("16:00")), 1)
    assert second.before is not None


def test_a_cancellation_goes() -> None:
    made = planned(scene(CANCEL))
    assert isinstance(judged(made, one(made.rows, "cancelled")), Send)


def test_who_sleeps_by_now_is_not_woken() -> None:
    made = planned(scene(policies(reminders=[HOURLY], quiet_hours={"start": "13:30", "end": "14:30"})))
    row = one(made.rows, "reminder")
    assert judged(made, row, "14:00") == Wait(at(iso("14:30")))
    late = planned(scene(policies(reminders=[HOURLY], quiet_hours={"start": "13:30", "end": "15:30"})))
    assert judged(late, row, "14:00") == Keep("suppressed", QUIET)


def test_what_never_happened_after_a_restore_is_not_sent() -> None:
    row = one(planned(scene(MOVE)).rows, "rescheduled")
    made = planned(scene())
    assert isinstance(judge(row, [], made.book, at(iso("14:00"))), Keep)
