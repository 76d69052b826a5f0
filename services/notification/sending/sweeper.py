"""The sweeper of one channel: claims what is due in waves, and tells what became of it.

A wave's rows are locked while the log is asked whether they are still true, and their attempts are committed before
anything goes out. So a process that is killed while it sends leaves attempts whose end nobody knows, and these are sent
again under the same Message-ID.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from eventlog.statements import statements
from kit.logging import log
from notification.channels.port import Sent
from notification.metrics import ATTEMPTED, KEPT_BACK
from notification.rows import BOUNCED, FAILED, RETRYING, SENT, Row
from notification.sending.office import Office
from notification.sending.schedule import next_try
from notification.sending.sorting import Going, Kept, Sorted, sort
from projections.model import Connection

SQL = statements("notification", "sending/claims.sql")

STOP_SECONDS = 10.0
BROKEN_PAUSE = 1.0


class Carrier(Protocol):
    """Puts a row into words and hands it to its channel. What it raises is a bug or a broken line of our own."""

    async def carry(self, going: Going, sorted_: Sorted) -> Sent: ...


class Sweeper:
    """`size` is how many rows go out side by side."""

    def __init__(self, office: Office, channel: str, carrier: Carrier, *, size: int, seconds: float) -> None:
        self._office, self._channel, self._carrier = office, channel, carrier
        self._size, self._seconds = size, seconds
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Lets the wave that is out come to its end, but not for long."""
        self._stopping.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=STOP_SECONDS)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while not self._stopping.is_set():
            pause = self._seconds
            try:
                if await self.wave() == self._size:
                    continue
            except Exception as error:
                log.error("wave not sent", channel=self._channel, exc_info=error)
                pause = max(pause, BROKEN_PAUSE)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def wave(self) -> int:
        """At most `size` rows, whatever becomes of each; how many there were."""
        office = self._office
        async with office.pool.acquire() as connection, connection.transaction():
            due = await connection.fetch(SQL["due"], self._channel, office.clock(), self._size)
            rows = [Row(*row) for row in due]
            if not rows:
                return 0
            parted = await sort(office, connection, rows, SQL["suppressed"])
            if parted.kept:
                await connection.execute(SQL["keep"], *_columns(parted.kept), office.clock())
            if parted.going:
                await self._begin(connection, [one.row.id for one in parted.going])
        for kept in parted.kept:
            KEPT_BACK.labels(self._channel, kept.reason or "waits").inc()
        await self._send(parted)
        return len(rows)

    async def _begin(self, connection: Connection, ids: Sequence[str]) -> None:
        now = self._office.clock()
        until = now + self._office.lease
        await connection.execute(SQL["begin"], ids, self._office.instance, until, now)

    async def _send(self, parted: Sorted) -> None:
        sent = await asyncio.gather(*(self._carry(one, parted) for one in parted.going))
        if not sent:
            return
        ended = [self._ended(one, answer) for one, answer in zip(parted.going, sent, strict=True)]
        results = [answer.result for answer in sent]
        details = [answer.detail[:200] for answer in sent]
        await self._office.pool.execute(
            SQL["end"], *_columns(ended), results, details, self._office.instance, self._office.clock()
        )
        await self._suppress(parted.going, sent)
        for result, count in Counter(results).items():
            ATTEMPTED.labels(self._channel, result).inc(count)

    async def _carry(self, going: Going, parted: Sorted) -> Sent:
        try:
            return await self._carrier.carry(going, parted)
        except Exception as error:
            log.error("message not carried", id=going.row.id, channel=self._channel, exc_info=error)
            return Sent("retry", type(error).__name__)

    def _ended(self, going: Going, answer: Sent) -> Kept:
        row = going.row
        if answer.result == "sent":
            return Kept(row, SENT, None)
        if answer.result == "bounced":
            return Kept(row, BOUNCED, answer.detail)
        again = next_try(self._office.schedule, row.attempts + 1, self._office.clock())
        return Kept(row, RETRYING if again else FAILED, answer.detail, again)

    async def _suppress(self, going: Sequence[Going], sent: Sequence[Sent]) -> None:
        """Whoever was refused for good gets no reminders any more."""
        office = self._office
        for one, answer in zip(going, sent, strict=True):
            if answer.result == "bounced" and answer.address_refused and (to := one.recipient):
                key = office.vault.email_key(one.row.tenant, to.address)
                await office.pool.execute(SQL["suppress"], one.row.tenant, key, to.sealed, "bounced", office.clock())


def _columns(kept: Sequence[Kept]) -> tuple[list[object], ...]:
    return ([one.row.id for one in kept], [one.status for one in kept], [one.reason for one in kept],
            [one.due_at for one in kept])  # fmt: skip


async def release(office: Office) -> None:
    """At the start: what an earlier run of this instance was sending is due again."""
    await office.pool.execute(SQL["release"], office.instance, office.clock())
