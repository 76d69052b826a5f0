"""The log in memory: the `Log` port with the same promises as the PostgreSQL one, for tests and for trying things."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

import msgspec

from eventlog.log import (
    DIARY_INTERVAL_ONCE,
    EVENTS_STREAM_ONCE,
    EVENTS_VERSION_ONCE,
    INBOX_COMMAND_ONCE,
    KEYS_ONCE,
    AlreadyThere,
    BookRow,
    ClockSkew,
    DiaryRow,
    Head,
    InboxKey,
    InboxRow,
    KeyRow,
    Loaded,
    NotPlaced,
    Owner,
    Page,
    PartAppend,
    Row,
    Timer,
    TimeRunsBackwards,
    Wanted,
    WantedDays,
    check_batch,
)

Day = tuple[str, str, int]

_NEVER = datetime.fromtimestamp(0, UTC)


class _Part:
    """One partition's tables."""

    def __init__(self, part: int) -> None:
        self.head = Head(part=part, position=0, epoch=0, owner=None, decided_at=_NEVER, offset=0, published=0, era=1)
        self.rows: list[Row] = []
        self.streams: defaultdict[tuple[str, str], dict[int, Row]] = defaultdict(dict)
        self.inbox: dict[InboxKey, InboxRow] = {}
        self.days: defaultdict[Day, dict[tuple[str, int], DiaryRow]] = defaultdict(dict)
        self.days_of: defaultdict[tuple[str, str], set[Day]] = defaultdict(set)
        self.timers: dict[tuple[str, str, str], Timer] = {}
        self.look_ups: dict[tuple[str, str], str] = {}
        self.keys: dict[tuple[str, str, int], KeyRow] = {}
        self.books: dict[str, BookRow] = {}
        self.eras: dict[int, int] = {}

    def passes(self, change: PartAppend) -> bool:
        head = self.head
        return (head.epoch, head.position, head.moved_to) == (change.epoch, change.position, None)

    def check_unique(self, change: PartAppend) -> None:
        """What the database's constraints refuse, before anything is written."""
        cleared = {(tenant, stream) for tenant, stream in change.diary_cleared}
        standing = [row for row in change.diary if (row.tenant, row.stream) not in cleared]
        opening = [row for row in change.rows if row.version == 1]
        repeated = {
            EVENTS_STREAM_ONCE: self._is_there(opening)
            or any(map(self.streams.get, change.presumed))
            or not {(row.tenant, row.stream) for row in opening}.isdisjoint(change.presumed),
            EVENTS_VERSION_ONCE: self._is_there([row for row in change.rows if row.version != 1]),
            INBOX_COMMAND_ONCE: _repeat(row[:3] for row in change.inbox)
            or any(row[:3] in self.inbox for row in change.inbox),
            DIARY_INTERVAL_ONCE: _repeat((*row[:4], row.start) for row in change.diary)
            or any((row.stream, row.start) in self.days[row[:3]] for row in standing),
            KEYS_ONCE: _repeat(row[:3] for row in change.keys) or any(row[:3] in self.keys for row in change.keys),
        }
        for constraint in (name for name, is_repeated in repeated.items() if is_repeated):
            raise AlreadyThere(constraint)

    def _is_there(self, rows: list[Row]) -> bool:
        return _repeat((row.tenant, row.stream, row.version) for row in rows) or any(
            row.version in self.streams[row.tenant, row.stream] for row in rows
        )

    def write(self, change: PartAppend) -> None:
        self.head = msgspec.structs.replace(
            self.head,
            position=change.position + len(change.rows),
            decided_at=change.decided_at,
            offset=change.offset,
            published=change.published,
        )
        self.rows += change.rows
        for row in change.rows:
            self.streams[row.tenant, row.stream][row.version] = row
        self.inbox |= {InboxKey(*row[:3]): row for row in change.inbox}
        self._write_diary(change)
        self._write_timers(change)
        self.look_ups |= {(row.tenant, row.email_key): row.customer_id for row in change.look_ups}
        self.keys |= {row[:3]: row for row in change.keys}
        self.books |= {row.tenant: row for row in change.books}
        self._erase(change)

    def _erase(self, change: PartAppend) -> None:
        erased = set(change.erased)
        for key, row in [(key, row) for key, row in self.keys.items() if row[:2] in erased]:
            self.keys[key] = row._replace(wrapped=b"")
        for led in change.look_ups_cleared:
            if self.look_ups.get(led[:2]) == led.customer_id:
                del self.look_ups[led[:2]]

    def _write_diary(self, change: PartAppend) -> None:
        for tenant, stream in change.diary_cleared:
            for day in self.days_of.pop((tenant, stream), set()):
                self.days[day] = {key: row for key, row in self.days[day].items() if key[0] != stream}
        for row in change.diary:
            self.days[row[:3]][row.stream, row.start] = row
            self.days_of[row.tenant, row.stream].add(row[:3])

    def _write_timers(self, change: PartAppend) -> None:
        cleared = set(change.timers_cleared)
        if cleared:
            self.timers = {key: timer for key, timer in self.timers.items() if key[:2] not in cleared}
        self.timers |= {timer[:3]: timer for timer in change.timers}

    def load(self, wanted: Wanted) -> Loaded:
        return Loaded(
            books={tenant: self.books[tenant] for tenant in wanted.tenants if tenant in self.books},
            streams={key: [row.state for row in self.stream(*key)] for key in wanted.streams if self.stream(*key)},
            inbox={key: self.inbox[key] for key in wanted.inbox if key in self.inbox},
            look_ups={key: self.look_ups[key] for key in wanted.look_ups if key in self.look_ups},
            keys=self.find_keys((tenant, "") for tenant in wanted.tenants),
        )

    def load_days(self, wanted: WantedDays) -> Loaded:
        found = {day: list(self.days[day].values()) for day in wanted.days if self.days.get(day)}
        return Loaded(days=found, keys=self.find_keys(wanted.subjects))

    def stream(self, tenant: str, stream: str) -> list[Row]:
        versions = self.streams.get((tenant, stream), {})
        return [versions[version] for version in sorted(versions)]

    def find_keys(self, wanted: Iterable[tuple[str, str]]) -> list[KeyRow]:
        named = set(wanted)
        return [row for row in self.keys.values() if row[:2] in named]


def _repeat(keys: Iterable[tuple[object, ...]]) -> bool:
    counted = list(keys)
    return len(set(counted)) < len(counted)


class MemoryLog:
    """Implements `Log` over the partitions given, or the first so many. `clock` stands for the database's."""

    def __init__(
        self, parts: int | Iterable[int] = 12, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        numbers = range(parts) if isinstance(parts, int) else parts
        self._parts = {part: _Part(part) for part in numbers}
        self._clock = clock
        self._starts = count(1)

    def close_head(self, part: int, moved_to: str) -> None:
        """As when the partition is moved to another database: its owner is fenced for good."""
        kept = self._parts[part]
        kept.head = msgspec.structs.replace(kept.head, moved_to=moved_to, epoch=kept.head.epoch + 1)

    def restore(self, part: int, position: int) -> None:
        """As when the partition was restored to an earlier position and goes on in a new era."""
        kept = self._parts[part]
        kept.rows = kept.rows[:position]
        for versions in kept.streams.values():
            for version in [version for version, row in versions.items() if row.pos > position]:
                del versions[version]
        era, decided_at = kept.head.era + 1, kept.rows[-1].decided_at if kept.rows else _NEVER
        kept.head = msgspec.structs.replace(
            kept.head, position=position, era=era, decided_at=decided_at, epoch=kept.head.epoch + 1
        )
        kept.eras[era] = position

    async def new_owner(self, instance: str) -> Owner:
        return Owner(instance, next(self._starts))

    async def take_over(self, parts: Iterable[int], owner: Owner, clock: datetime) -> Mapping[int, Head]:
        self._check_clock(clock)
        taken = self._open().keys() & set(parts)
        for part in taken:
            head = self._parts[part].head
            self._parts[part].head = msgspec.structs.replace(head, epoch=head.epoch + 1, owner=str(owner))
        return {part: self._parts[part].head for part in sorted(taken)}

    async def append(self, batch: Sequence[PartAppend], clock: datetime) -> set[int]:
        check_batch(batch)
        self._check_clock(clock)
        passing = [change for change in batch if change.part in self._parts and self._parts[change.part].passes(change)]
        for change in passing:
            if change.decided_at < self._parts[change.part].head.decided_at:
                raise TimeRunsBackwards(f"partition {change.part}")
            self._parts[change.part].check_unique(change)
        for change in passing:
            self._parts[change.part].write(change)
        return {change.part for change in batch} - {change.part for change in passing}

    async def load(self, wanted: Sequence[Wanted]) -> Mapping[int, Loaded]:
        return {one.part: self._at(one.part).load(one) for one in wanted}

    async def load_days(self, wanted: Sequence[WantedDays]) -> Mapping[int, Loaded]:
        return {one.part: self._at(one.part).load_days(one) for one in wanted}

    async def due_timers(self, parts: Iterable[int], now: datetime, limit: int) -> Mapping[int, Sequence[Timer]]:
        due: dict[int, Sequence[Timer]] = {}
        for part in parts:
            timers = [timer for timer in self._at(part).timers.values() if timer.due_at <= now]
            if timers:
                due[part] = sorted(timers, key=lambda timer: timer.due_at)[:limit]
        return due

    async def forget_answers(self, parts: Iterable[int], before: datetime, limit: int) -> bool:
        inboxes = [self._at(part).inbox for part in parts]
        old = [
            (row.decided_at, key, inbox) for inbox in inboxes for key, row in inbox.items() if row.decided_at < before
        ]
        for _, key, inbox in sorted(old, key=lambda one: one[0])[:limit]:
            del inbox[key]
        return len(old) >= limit

    async def heads(self) -> Mapping[int, Head]:
        return self._open()

    async def read(
        self, part: int, after: int, *, upto: int | None = None, limit: int = 1000, tenant: str | None = None
    ) -> Sequence[Page]:
        rows = [row for row in self._at(part).rows[after:upto] if tenant in (None, row.tenant)]
        return [_page(part, row) for row in rows[:limit]]

    async def stream(self, part: int, tenant: str, stream: str) -> Sequence[Page]:
        return [_page(part, row) for row in self._at(part).stream(tenant, stream)]

    async def streams(self, part: int, wanted: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], Sequence[Page]]:
        found = {key: self._at(part).stream(*key) for key in wanted}
        return {key: [_page(part, row) for row in rows] for key, rows in found.items() if rows}

    async def last_before(
        self, part: int, tenant: str, versions: Mapping[str, int], types: Collection[str]
    ) -> Mapping[str, int]:
        at = self._at(part)
        found = {
            stream: [one.version for one in at.stream(tenant, stream) if one.version < version and one.type in types]
            for stream, version in versions.items()
        }
        return {stream: earlier[-1] for stream, earlier in found.items() if earlier}

    async def keys(self, part: int, wanted: Iterable[tuple[str, str]]) -> Sequence[KeyRow]:
        return self._at(part).find_keys(wanted)

    async def eras(self, part: int) -> Mapping[int, int]:
        return dict(self._at(part).eras)

    def _open(self) -> dict[int, Head]:
        return {number: part.head for number, part in self._parts.items() if part.head.moved_to is None}

    def _at(self, part: int) -> _Part:
        if part not in self._open():
            raise NotPlaced(f"partition {part} has no open head")
        return self._parts[part]

    def _check_clock(self, clock: datetime) -> None:
        if abs(self._clock() - clock) > timedelta(seconds=1):
            raise ClockSkew(f"caller {clock}, log {self._clock()}")


def _page(part: int, row: Row) -> Page:
    return Page(part, row.pos, row.tenant, row.stream, row.version, row.type, row.state)
