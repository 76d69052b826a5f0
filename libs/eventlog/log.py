"""The log as booking and every reader see it: a port, with a PostgreSQL and an in-memory adapter.

One row of `heads` per partition says where its log ends and who may write. An append names the epoch and the
position it was decided on; a partition whose head has moved on is refused, the others of the batch are committed.
Positions are dense from 1 in each partition.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

import msgspec

EVENTS_STREAM_ONCE = "events_stream_once"
EVENTS_VERSION_ONCE = "events_version_once"
INBOX_COMMAND_ONCE = "inbox_command_once"
DIARY_INTERVAL_ONCE = "diary_interval_once"
KEYS_ONCE = "keys_once"


class Owner(NamedTuple):
    """Who writes: an instance id and its start number, drawn from a database sequence."""

    instance: str
    start: int

    def __str__(self) -> str:
        return f"{self.instance}#{self.start}"


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The end of one partition. `offset`: next command offset to read; `published`: last position known on Kafka."""

    part: int
    position: int
    epoch: int
    owner: str | None
    decided_at: datetime
    offset: int
    published: int
    era: int
    moved_to: str | None = None


class Row(NamedTuple):
    """One event as stored; `state` is `contracts.record.encode` of it, personal members sealed."""

    pos: int
    tenant: str
    stream: str
    version: int
    type: str
    decided_at: datetime
    state: bytes


class InboxKey(NamedTuple):
    tenant: str
    source: str
    command_id: str


class InboxRow(NamedTuple):
    """A command's answer: the keyed hash of its body and the outcome as published."""

    tenant: str
    source: str
    command_id: str
    body_hash: bytes
    pos: int
    outcome: bytes
    decided_at: datetime


class DiaryRow(NamedTuple):
    """A live interval of one resource on one UTC day (day number since 1970; minutes since 1970).

    `[start, end)` is the core, `[busy_start, busy_end)` the padded interval. A row stands under every UTC day its
    padded interval touches, so a day is loaded with one index range.
    """

    tenant: str
    resource_id: str
    day: int
    stream: str
    start: int
    end: int
    busy_start: int
    busy_end: int
    kind: str
    expires_at: datetime | None
    owner: str | None
    event_id: str


class Timer(NamedTuple):
    tenant: str
    stream: str
    kind: str
    due_at: datetime


class LookUp(NamedTuple):
    """The tenant-keyed HMAC of a folded e-mail address, and whose it is."""

    tenant: str
    email_key: str
    customer_id: str


class KeyRow(NamedTuple):
    """A wrapped key of the vault. The tenant's own key has the subject `''`; an erased person's row holds no key."""

    tenant: str
    subject: str
    number: int
    wrapped: bytes


class BookRow(NamedTuple):
    """A tenant's folded supply at `pos`; remade by folding the tenant's supply events."""

    tenant: str
    pos: int
    state: bytes


class PartAppend(msgspec.Struct, kw_only=True):
    """All that one poll decided for one partition. Empty lists are fine: the compare still happens."""

    part: int
    epoch: int
    position: int
    decided_at: datetime
    offset: int
    published: int
    rows: list[Row] = []
    inbox: list[InboxRow] = []
    diary_cleared: list[tuple[str, str]] = []
    """(tenant, stream): every diary row of that stream goes, before `diary` is written."""
    diary: list[DiaryRow] = []
    timers_cleared: list[tuple[str, str]] = []
    timers: list[Timer] = []
    look_ups: list[LookUp] = []
    keys: list[KeyRow] = []
    books: list[BookRow] = []
    erased: list[tuple[str, str]] = []
    """(tenant, subject): their keys go for good, those written here too."""
    look_ups_cleared: list[LookUp] = []
    """Of addresses that somebody has no more: they go where they stand so, once all others are written."""
    presumed: list[tuple[str, str]] = []
    """(tenant, stream) that were taken for not there: where one is, also by this append, `AlreadyThere`."""


class Wanted(msgspec.Struct, kw_only=True):
    """What a batch needs of one partition, first round trip."""

    part: int
    tenants: set[str] = set()
    """Books and tenant keys."""
    streams: set[tuple[str, str]] = set()
    inbox: set[InboxKey] = set()
    look_ups: set[tuple[str, str]] = set()


class WantedDays(msgspec.Struct, kw_only=True):
    """Second round trip: resource-days and data keys."""

    part: int
    days: set[tuple[str, str, int]] = set()
    """(tenant, resource, day)."""
    subjects: set[tuple[str, str]] = set()
    """(tenant, subject)."""


class Loaded(msgspec.Struct, kw_only=True):
    """What was found; what is absent is absent from the mapping."""

    books: dict[str, BookRow] = {}
    streams: dict[tuple[str, str], list[bytes]] = {}
    inbox: dict[InboxKey, InboxRow] = {}
    look_ups: dict[tuple[str, str], str] = {}
    keys: list[KeyRow] = []
    days: dict[tuple[str, str, int], list[DiaryRow]] = {}


class Page(NamedTuple):
    """A row as a reader meets it, with its partition."""

    part: int
    pos: int
    tenant: str
    stream: str
    version: int
    type: str
    state: bytes


class Refused(Exception):
    """Base of what a log refuses as a whole."""


class ClockSkew(Refused):
    """This process' clock and the database's are more than a second apart."""


class TimeRunsBackwards(Refused):
    """A partition would be decided earlier than it already was (P7)."""


class AlreadyThere(Refused):
    """A row that may be written once was written before: the constraint that says so is named. Nothing is written."""


class NotPlaced(Refused):
    """No database holds an open head row for the partition."""


def check_batch(batch: Sequence[PartAppend]) -> None:
    """A partition named twice, or rows that are not its next positions, are the writer's bug; no log takes them."""
    if len({part.part for part in batch}) < len(batch):
        raise ValueError("a partition stands twice in one batch")
    for part in batch:
        if [row.pos for row in part.rows] != list(range(part.position + 1, part.position + 1 + len(part.rows))):
            raise ValueError(f"rows of partition {part.part} do not follow position {part.position}")


class LogReader(Protocol):
    """What every service may do: read."""

    async def heads(self) -> Mapping[int, Head]:
        """The open head of every placed partition."""
        ...

    async def read(
        self, part: int, after: int, *, upto: int | None = None, limit: int = 1000, tenant: str | None = None
    ) -> Sequence[Page]:
        """Rows of `(after, upto]` in order, at most `limit`."""
        ...

    async def stream(self, part: int, tenant: str, stream: str) -> Sequence[Page]:
        """One stream from version 1."""
        ...

    async def streams(self, part: int, wanted: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], Sequence[Page]]:
        """The same of many, by (tenant, stream), in one round trip; what is not there is absent."""
        ...

    async def last_before(
        self, part: int, tenant: str, versions: Mapping[str, int], types: Collection[str]
    ) -> Mapping[str, int]:
        """Of each stream the last version before the one given whose event is of these types; absent: there is none."""
        ...

    async def keys(self, part: int, wanted: Iterable[tuple[str, str]]) -> Sequence[KeyRow]:
        """Vault keys of (tenant, subject)."""
        ...

    async def eras(self, part: int) -> Mapping[int, int]:
        """From which position each era after the first began: what an older one wrote beyond it is void."""
        ...


class Log(LogReader, Protocol):
    """What booking may do: take over, load, append."""

    async def new_owner(self, instance: str) -> Owner:
        """An owner with a start number higher than any before."""
        ...

    async def take_over(self, parts: Iterable[int], owner: Owner, clock: datetime) -> Mapping[int, Head]:
        """Epoch + 1, owner = us, one statement a database. Parts that are not placed are absent. Raises `ClockSkew`."""
        ...

    async def load(self, wanted: Sequence[Wanted]) -> Mapping[int, Loaded]: ...

    async def load_days(self, wanted: Sequence[WantedDays]) -> Mapping[int, Loaded]: ...

    async def append(self, batch: Sequence[PartAppend], clock: datetime) -> set[int]:
        """One round trip a database. Returns the partitions whose compare failed; the others are committed.

        Raises `ClockSkew`, `TimeRunsBackwards` where `decided_at` lies before the head's, `AlreadyThere`, `ValueError`
        (`check_batch`), or whatever the database says: then nothing is known and the caller must take over again.
        """
        ...

    async def due_timers(self, parts: Iterable[int], now: datetime, limit: int) -> Mapping[int, Sequence[Timer]]:
        """What is due, earliest first, at most `limit` a partition; parts with nothing due are absent."""
        ...

    async def forget_answers(self, parts: Iterable[int], before: datetime, limit: int) -> bool:
        """Purges the inbox of what was decided before, at most `limit` a database; whether there is more."""
        ...
