"""The fold of the read model: from one partition's records to rows that were true from one position to another.

Pure: what it must know of earlier records is handed in (`know`), what it yields is collected in `Drawn` until it is
taken. A row that is opened and closed between two takings is written once, already closed; a row that was taken open
is closed by its key. So one fold serves the projector, batch by batch, and a rebuild, everything at once.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from availability.entries import ENTRIES, entry_row
from availability.kept import encode_kept
from contracts.appointment import Kept, appointment_id, fold
from contracts.customer import TOLD_BY as CUSTOMERS
from contracts.public_events import Seen, folded
from contracts.record import Record, encode
from contracts.session import KeptSession
from scheduling.book import SUPPLY
from scheduling.diary import Busy
from scheduling.occupancy import busy_intervals, deadline
from scheduling.zones import to_minute

OPEN = 2**63 - 1
"""`to_pos` of what is still true."""

DAY = 1440

Key = tuple[str, str]
"""(tenant, stream) of an appointment, a session or a waitlist entry."""
Row = list[Any]
"""A row in column order from `part` on; the column that may still change, `to_pos`, is set in place."""


class Standing(NamedTuple):
    """An appointment as folded so far, or a session, or a waitlist entry; and the intervals it takes."""

    kept: Any
    busy: list[Busy]


class Closed(NamedTuple):
    """A row that was written open is true no longer, from `pos` on. `key` is the row's own, without positions."""

    key: tuple[Any, ...]
    pos: int


class Drawn(msgspec.Struct):
    """What is to be written."""

    appointments: list[Row] = []
    entries: list[Row] = []
    diary: list[Row] = []
    supply: list[Row] = []
    customers: list[Row] = []
    moments: list[Row] = []
    closed_appointments: list[Closed] = []
    closed_entries: list[Closed] = []
    closed_diary: list[Closed] = []


APPOINTMENT_TO = 5
ENTRY_TO = 5
DIARY_TO = 14
"""Where `to_pos` stands in a row."""
MOMENT_AT = 1


class Fold:
    """One partition's fold. `standing` holds what it knows of streams; it forgets only when told to."""

    def __init__(self, part: int) -> None:
        self.part = part
        self.standing: dict[Key, Standing] = {}
        self.drawn = Drawn()
        self._open_appointments: dict[tuple[Any, ...], Row] = {}
        self._open_entries: dict[Key, Row] = {}
        self._open_diary: dict[tuple[Any, ...], Row] = {}

    def unknown(self, records: Iterable[Record]) -> set[Key]:
        """What these records continue and must be made known first."""
        unknown: set[Key] = set()
        opened: set[Key] = set()
        for record in records:
            if record.stream.startswith(_KNOWN):
                key = record.tenant, record.stream
                (opened if record.version == 1 else unknown).add(key)
        return unknown - opened - self.standing.keys()

    def know(self, key: Key, kept: Seen) -> None:
        self.standing[key] = Standing(kept, _busy(kept, key[1]))

    def recall(self, earlier: Iterable[Record]) -> None:
        """Makes known what the records of one stream led to; nothing is drawn of them."""
        kept: Any = None
        for record in earlier:
            if kept := folded(kept, record):
                self.know((record.tenant, record.stream), kept)

    def keep_at_most(self, count: int) -> None:
        """Forgets the streams that nothing was heard of for longest, and draws what they have open as it is."""
        for key in list(islice(self.standing, max(len(self.standing) - count, 0))):
            self._let_go(key, self.standing.pop(key).busy)

    def add(self, record: Record) -> None:
        """Folds the next record in."""
        self._moment(record)
        if record.stream.startswith("appointment/"):
            self._appointment(record)
        elif record.stream.startswith(ENTRIES):
            self._entry(record)
        elif record.type in SUPPLY:
            self.drawn.supply.append([self.part, record.tenant, record.pos, encode(record)])
        elif record.type in CUSTOMERS:
            customer_id = record.stream.removeprefix("customer/")
            self.drawn.customers.append([self.part, record.tenant, customer_id, record.pos, encode(record)])

    def take(self, *, but_open: bool = False) -> Drawn:
        """What was drawn since the last taking; `but_open` leaves out the rows that may still be closed."""
        drawn, self.drawn = self.drawn, Drawn()
        if but_open:
            self.drawn.moments = drawn.moments[-1:]
            del drawn.moments[-1:]
        else:
            drawn.appointments += self._open_appointments.values()
            drawn.entries += self._open_entries.values()
            drawn.diary += self._open_diary.values()
            self._open_appointments, self._open_entries, self._open_diary = {}, {}, {}
        return drawn

    def _moment(self, record: Record) -> None:
        """Time never runs backwards, so what was decided at one instant follows upon another."""
        moment = [self.part, record.decided_at, record.pos, record.tzdata_version]
        moments = self.drawn.moments
        if moments and moments[-1][MOMENT_AT] == record.decided_at:
            moments[-1] = moment
        else:
            moments.append(moment)

    # --- appointments -----------------------------------------------------------------------------------------

    def _appointment(self, record: Record) -> None:
        key = record.tenant, record.stream
        before = self.standing.pop(key, None)
        after = fold(before.kept if before else None, record)
        if after is None:
            return
        busy = busy_intervals(after, record.stream)
        self.standing[key] = Standing(after, busy)
        self._version(record, after)
        if before is None:
            self._write_days(record, busy)
        elif busy != before.busy:
            self._clear_days(record, before.busy)
            self._write_days(record, busy)

    def _version(self, record: Record, kept: Kept) -> None:
        seen = kept.appointment
        key = record.tenant, seen.id
        if record.version > 1:
            self._close_appointment(key, record.pos)
        self._open_appointments[key] = [
            self.part, record.tenant, seen.id, record.version, record.pos, OPEN,
            seen.status, deadline(seen), to_minute(seen.start), to_minute(seen.end), seen.created_at,
            seen.service.id, seen.location_id, seen.customer.id if seen.customer else None,
            [resource.id for resource in seen.resources], encode_kept(kept),
        ]  # fmt: skip

    def _close_appointment(self, key: tuple[Any, ...], pos: int) -> None:
        if row := self._open_appointments.pop(key, None):
            row[APPOINTMENT_TO] = pos
            self.drawn.appointments.append(row)
        else:
            self.drawn.closed_appointments.append(Closed(key, pos))

    def _let_go(self, key: Key, busy: Iterable[Busy]) -> None:
        tenant, stream = key
        if row := self._open_appointments.pop((tenant, appointment_id(stream)), None):
            self.drawn.appointments.append(row)
        if row := self._open_entries.pop(key, None):
            self.drawn.entries.append(row)
        for interval in busy:
            for day in days_of(interval):
                if row := self._open_diary.pop((tenant, interval.resource_id, day, stream), None):
                    self.drawn.diary.append(row)

    # --- sessions and waitlist entries ------------------------------------------------------------------------

    def _entry(self, record: Record) -> None:
        key = record.tenant, record.stream
        before = self.standing.pop(key, None)
        after: Any = folded(before.kept if before else None, record)
        if after is None:
            return
        taken, busy = before.busy if before else [], _busy(after, record.stream)
        self.standing[key] = Standing(after, busy)
        if before is not None:
            self._close_entry(key, record.pos)
        self._open_entries[key] = [self.part, *key, record.version, record.pos, OPEN, *entry_row(after)]
        if busy != taken:
            self._clear_days(record, taken)
            self._write_days(record, busy)

    def _close_entry(self, key: Key, pos: int) -> None:
        if row := self._open_entries.pop(key, None):
            row[ENTRY_TO] = pos
            self.drawn.entries.append(row)
        else:
            self.drawn.closed_entries.append(Closed(key, pos))

    # --- the diary --------------------------------------------------------------------------------------------

    def _write_days(self, record: Record, busy: Iterable[Busy]) -> None:
        for interval in busy:
            for day in days_of(interval):
                key = record.tenant, interval.resource_id, day, record.stream
                self._open_diary[key] = [
                    self.part, *key, interval.start, interval.end, interval.busy_start, interval.busy_end,
                    interval.kind, interval.expires_at, interval.owner, interval.event_id, record.pos, OPEN,
                ]  # fmt: skip

    def _clear_days(self, record: Record, busy: Iterable[Busy]) -> None:
        for interval in busy:
            for day in days_of(interval):
                self._close_diary((record.tenant, interval.resource_id, day, record.stream), record.pos)

    def _close_diary(self, key: tuple[Any, ...], pos: int) -> None:
        if row := self._open_diary.pop(key, None):
            row[DIARY_TO] = pos
            self.drawn.diary.append(row)
        else:
            self.drawn.closed_diary.append(Closed(key, pos))


_KNOWN = ("appointment/", *ENTRIES)


def _busy(kept: Seen, stream: str) -> list[Busy]:
    return busy_intervals(kept, stream) if isinstance(kept, Kept | KeptSession) else []


def days_of(interval: Busy) -> range:
    """The UTC days that the padded interval touches."""
    return range(interval.busy_start // DAY, max(interval.busy_end - 1, interval.busy_start) // DAY + 1)


def stream_of(appointment_id: str) -> str:
    return f"appointment/{appointment_id}"
