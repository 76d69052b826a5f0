"""The life of an appointment as its messages see it: a pure fold of its stream beside the published appointment.

It counts the material changes (an invitation's SEQUENCE) and knows since which version each recipient has been bound to
the present time: a reminder is for a recipient at a version, and stale as soon as that binding is another.
"""

from collections.abc import Iterable, Mapping

import msgspec

from contracts.appointment import Appointment, Kept, fold
from contracts.record import Record

REMINDED = frozenset({"scheduled", "confirmed"})
"""Statuses in which somebody is expected."""
OVER = frozenset({"cancelled", "expired"})
"""Statuses of what does not take place."""

CUSTOMER = "customer"
ENDPOINTS = "endpoints"
"""The tenant's webhook endpoints, as a recipient of reminders."""


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """`sequence` counts material changes; `bound` is the version since which a recipient is expected at this time."""

    kept: Kept
    sequence: int = 0
    bound: Mapping[str, int] = {}

    @property
    def seen(self) -> Appointment:
        return self.kept.appointment


def lived(records: Iterable[Record], upto: int | None = None) -> Life | None:
    """The life after these records of one stream, or after its version `upto`."""
    life = None
    for record in records:
        if upto is not None and record.version > upto:
            break
        life = live(life, record)
    return life


def live(life: Life | None, record: Record) -> Life | None:
    """The life after one more record."""
    after = fold(life.kept if life else None, record)
    if after is None:
        return None
    if life is None:
        return Life(kept=after, bound=_bound(None, after.appointment, record.version))
    sequence = life.sequence + (_material(life.seen) != _material(after.appointment))
    return Life(kept=after, sequence=sequence, bound=_bound(life, after.appointment, record.version))


def over(seen: Appointment) -> bool:
    """Whether it does not take place: it ended before it began, or should never have been."""
    return seen.status in OVER or seen.tombstoned


def _material(seen: Appointment) -> tuple[object, ...]:
    """What a calendar must know of: start, end, place, and whether it takes place."""
    return seen.start, seen.end, seen.location_id, over(seen)


def _bound(before: Life | None, seen: Appointment, version: int) -> dict[str, int]:
    if seen.status not in REMINDED or seen.tombstoned:
        return {}
    stays = before is not None and before.seen.start == seen.start
    known = before.bound if before and stays else {}
    return {recipient: known.get(recipient, version) for recipient in _expected(seen)}


def _expected(seen: Appointment) -> list[str]:
    customer = [customer_recipient(seen)] if seen.customer else []
    return [*customer, *staff_recipients(seen), ENDPOINTS]


def customer_recipient(seen: Appointment) -> str:
    return f"{CUSTOMER}/{seen.customer.id}" if seen.customer else CUSTOMER


def staff_recipients(seen: Appointment) -> list[str]:
    return [f"resource/{one.id}" for one in seen.resources if one.kind == "staff"]
