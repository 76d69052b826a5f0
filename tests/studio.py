"""A studio: Ann and Bob give classes of an hour. Facts and commands about sessions and their seats."""

from typing import Any

import samples
from contracts import commands as c
from given import Fact, Scene, ann_works, given, sent, works


def studio(*facts: Fact, **yoga: Any) -> Scene:
    """Open from nine to five."""
    return given(
        sent(samples.service("yoga", **{"duration_minutes": 60, "capacity": 3} | yoga)),
        ann_works("09:00-17:00", service_ids=["cut", "yoga"]),
        works("bob", "09:00-17:00", service_ids=["cut", "yoga"]),
        *facts,
    )


def a_seat(start: str = "10:00", /, **members: Any) -> c.BookAppointment:
    return samples.book(start, **{"service_id": "yoga"} | members)


def seated(start: str = "10:00", /, **members: Any) -> Fact:
    return sent(a_seat(start, **members))


def cancel_session(session_id: str = "yoga-1", **members: Any) -> c.CancelSession:
    return samples.command(c.CancelSession, session_id=session_id, **members)


def resize(capacity: int, session_id: str = "yoga-1", **members: Any) -> c.ChangeCapacity:
    return samples.command(c.ChangeCapacity, session_id=session_id, capacity=capacity, **members)
