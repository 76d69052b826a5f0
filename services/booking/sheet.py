"""The sheet: all that one poll decides for one partition, in order, until it is one append and what to publish.

Positions are given here, dense from the head on. Whatever was written about a stream, its diary rows and timer are made
once, from what it came to in the end.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from booking.folder import Cabinet
from booking.people import Lead
from booking.timers import due_at
from contracts.envelope import event_headers
from contracts.record import Record, encode
from eventlog.diary import diary_rows
from eventlog.log import (
    BookRow,
    InboxKey,
    InboxRow,
    KeyRow,
    LookUp,
    PartAppend,
    Row,
    Timer,
)
from scheduling import book as books
from scheduling.book import SUPPLY
from scheduling.diary import Busy
from streams.erasures import erasure_of
from streams.message import EventParcel, Parcel

TIMER = "due"
"""The one kind of timer a stream has."""


class Was(NamedTuple):
    """What a stream came to, and what it takes of the diary, at some position; None where it was not there."""

    entry: Any
    taken: list[Busy] | None


@dataclass(slots=True)
class Sheet:
    """`now` is the instant of every decision on it; `next_offset` the command offset after the last one polled."""

    part: int
    era: int
    position: int
    now: datetime
    next_offset: int | None = None
    rows: list[Row] = field(default_factory=list)
    events: list[EventParcel] = field(default_factory=list)
    inbox: dict[InboxKey, InboxRow] = field(default_factory=dict)
    outcomes: list[Parcel] = field(default_factory=list)
    dead: list[Parcel] = field(default_factory=list)
    forwarded: dict[int, list[Parcel]] = field(default_factory=dict)
    keys: list[KeyRow] = field(default_factory=list)
    look_ups: dict[tuple[str, str], LookUp] = field(default_factory=dict)
    """By (tenant, e-mail key): whom addresses lead to from now on."""
    erased: list[tuple[str, str]] = field(default_factory=list)
    """(tenant, subject) of people erased."""
    look_ups_cleared: set[LookUp] = field(default_factory=set)
    supplied: dict[str, int] = field(default_factory=dict)
    """Tenants whose book changed, with the position that changed it last."""
    changed: dict[tuple[str, str], Was] = field(default_factory=dict)
    """(tenant, stream) of appointments and other entries written to, and what each was before."""
    presumed: set[tuple[str, str]] = field(default_factory=set)
    """(tenant, stream) that refused commands meant to open, taken for not there."""
    stale: set[tuple[str, str]] = field(default_factory=set)
    """(tenant, stream) whose due timer had nothing to tell."""

    @property
    def place(self) -> str:
        """The position at which the next decision is made."""
        return f"{self.part}.{self.position}"

    def write(self, records: Iterable[Record]) -> None:
        """Records at the next positions, as they were drafted for them."""
        for record in records:
            self.position = record.pos
            state = encode(record)
            self.rows.append(
                Row(record.pos, record.tenant, record.stream, record.version, record.type, record.decided_at, state)
            )
            parcel = Parcel(record.tenant.encode(), state, event_headers(record))
            self.events.append(EventParcel(record.pos, parcel, erasure_of(record)))
            if record.type in SUPPLY:
                self.supplied[record.tenant] = record.pos

    def lead(self, tenant: str, lead: Lead) -> None:
        """Where an address leads from now on. What is cleared goes last, so what leads there again is not."""
        row = LookUp(tenant, lead.email_key, lead.customer_id)
        if lead.leads:
            self.look_ups[row[:2]] = row
            self.look_ups_cleared.discard(row)
        else:
            self.look_ups_cleared.add(row)

    def append(self, cabinet: Cabinet, *, epoch: int, offset: int, published: int) -> PartAppend:
        """The whole of it for the log. `offset` is that of the last poll whose output was acknowledged."""
        whole = PartAppend(
            part=self.part,
            epoch=epoch,
            position=self.position - len(self.rows),
            decided_at=self.now,
            offset=offset,
            published=published,
            rows=self.rows,
            inbox=list(self.inbox.values()),
            look_ups=list(self.look_ups.values()),
            keys=self.keys,
            books=[
                BookRow(tenant, pos, books.encode(cabinet[tenant].state.book)) for tenant, pos in self.supplied.items()
            ],
            erased=self.erased,
            look_ups_cleared=list(self.look_ups_cleared),
            presumed=list(self.presumed - self.changed.keys()),
        )
        for (tenant, stream), before in self.changed.items():
            state = cabinet[tenant].state
            _settle(whole, tenant, stream, before, Was(state.entry(stream), state.taken.get(stream)))
        for tenant, stream in self.stale - self.changed.keys():
            _set_timer(whole, tenant, stream, cabinet[tenant].state.entry(stream))
        return whole


def _settle(whole: PartAppend, tenant: str, stream: str, before: Was, after: Was) -> None:
    """The stream's diary rows and timer, where they are not what they were."""
    if before.taken != after.taken:
        if before.taken:
            whole.diary_cleared.append((tenant, stream))
        for busy in after.taken or ():
            whole.diary += diary_rows(tenant, busy)
    if due_at(stream, before.entry) != due_at(stream, after.entry):
        _set_timer(whole, tenant, stream, after.entry)


def _set_timer(whole: PartAppend, tenant: str, stream: str, entry: Any) -> None:
    until = due_at(stream, entry)
    if until is None:
        whole.timers_cleared.append((tenant, stream))
    else:
        whole.timers.append(Timer(tenant, stream, TIMER, until))
