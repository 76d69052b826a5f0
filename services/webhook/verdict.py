"""What a receiver's answer means for the delivery and for its endpoint; pure.

2xx is success. 410 disables the endpoint and holds the delivery. 429 and 503 may name a pause for the whole endpoint.
Everything else is a failure, tried again until the schedule ends; then it is parked or dead, as the endpoint wants.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from webhook.schedule import wait_before

GONE = 410
PAUSING = frozenset({429, 503})
LONGEST_PAUSE = 86_400.0
FIRST_OF_ALL = datetime.fromtimestamp(0, UTC)
"""The delivery that was told 410 goes first when its endpoint is enabled again."""
PERMANENT = frozenset({"refused_address"})
"""Errors that no retry can mend."""

AT_ONCE = PERMANENT | {"redirect", "internal_error"}
"""Errors that hold up nobody else: they say nothing about whether the receiver can be reached."""

State = Literal["delivered", "ready", "parked", "dead"]


class Heard(NamedTuple):
    """What came back: a status, or the word for why there was none."""

    status: int | None
    error: str | None
    retry_after: float | None


class Terms(NamedTuple):
    """What matters of the delivery: which attempt it was and what its endpoint asked for."""

    webhook_id: str
    attempt: int
    ordered: bool
    on_poison: str
    schedule: Sequence[float] | None


class Verdict(NamedTuple):
    """The delivery's new state; `due_at` matters where it is `ready`. `gone` disables the endpoint."""

    state: State
    due_at: datetime
    pause_until: datetime | None = None
    gone: bool = False
    unreachable: bool = False

    @property
    def ok(self) -> bool:
        return self.state == "delivered"


def judge(heard: Heard, terms: Terms, at: datetime) -> Verdict:
    """What follows from the answer, at this instant."""
    if heard.error is None and heard.status is not None and 200 <= heard.status < 300:
        return Verdict("delivered", at)
    if heard.error is None and heard.status == GONE:
        return Verdict("ready", FIRST_OF_ALL, gone=True)
    pause = _pause(heard, at)
    unreachable = heard.error is not None and heard.error not in AT_ONCE
    wait = None if heard.error in PERMANENT else wait_before(terms.attempt + 1, terms.webhook_id, terms.schedule)
    if wait is None:
        last: State = "parked" if terms.ordered and terms.on_poison == "block" else "dead"
        return Verdict(last, at, pause, unreachable=unreachable)
    due = at + timedelta(seconds=wait)
    return Verdict("ready", max(due, pause or due), pause, unreachable=unreachable)


def _pause(heard: Heard, at: datetime) -> datetime | None:
    if heard.status not in PAUSING or heard.retry_after is None or heard.retry_after <= 0:
        return None
    return at + timedelta(seconds=min(heard.retry_after, LONGEST_PAUSE))
