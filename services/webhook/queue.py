"""The queue: which deliveries may start now, and what came of them. One round trip for a batch of any endpoints.

A claim is a lease: while it lasts nobody else sends the delivery, and when its process dies the delivery is sent again,
with the same id. Results of a lease that was lost count for nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from eventlog.statements import statements
from projections.model import Connection, Pool
from webhook.notices import tell
from webhook.verdict import Heard, Terms, Verdict

SQL = statements("webhook", "queue.sql")

CAP = 4
"""Requests under way of one endpoint."""


class Claimed(NamedTuple):
    """A delivery to be sent now, and how; what it says of its endpoint was true when it was claimed."""

    id: int
    endpoint_id: str
    webhook_id: str
    run: int
    part: int
    tenant: str
    stream: str
    sequence: int
    attempts: int
    attempts_ever: int
    previous_sequence: int | None
    gap: list[int]
    url: str
    timeout_seconds: float
    on_poison: str
    ordered: bool
    schedule_seconds: list[float] | None
    secrets: list[bytes]
    event: bytes

    @property
    def terms(self) -> Terms:
        return Terms(self.webhook_id, self.attempts + 1, self.ordered, self.on_poison, self.schedule_seconds)


class Result(NamedTuple):
    """What came of a claim: an attempt and its verdict; or nothing was tried, and it may start again at `at`."""

    claimed: Claimed
    at: datetime
    latency_ms: int = 0
    heard: Heard | None = None
    verdict: Verdict | None = None


class Queue:
    """One process' hand in the queue."""

    def __init__(self, pool: Pool, owner: str, *, margin: timedelta = timedelta(seconds=30), cap: int = CAP) -> None:
        self._pool, self._owner, self._margin, self._cap = pool, owner, margin, cap

    async def begin(self, at: datetime) -> None:
        """What this process had claimed before it ended may start again."""
        await self._pool.execute(SQL["release"], self._owner, at)

    async def release_expired(self, at: datetime) -> None:
        await self._pool.execute(SQL["release_expired"], at)

    async def claim(self, at: datetime, room: int) -> list[Claimed]:
        rows = await self._pool.fetch(SQL["claim"], self._owner, at, self._margin, self._cap, room)
        return [Claimed(*row) for row in rows]

    async def settle(self, results: Sequence[Result], at: datetime) -> None:
        """One transaction: states, attempts, endpoints, and the notices that follow."""
        async with self._pool.acquire() as connection, connection.transaction():
            settled = await self._states(connection, results, at)
            counted = [one for one in results if one.verdict and one.claimed.id in settled]
            if counted:
                await _reckon(connection, counted, at)

    async def _states(self, connection: Connection, results: Sequence[Result], at: datetime) -> set[int]:
        rows = [_state(one) for one in results]
        columns = map(list, zip(*rows, strict=True))
        return set(await connection.fetchval(SQL["settle"], self._owner, *columns, at))


def _state(one: Result) -> tuple[object, ...]:
    if one.verdict is None or one.heard is None:
        return one.claimed.id, "ready", one.at, False, False, None, None, None, None
    verdict = one.claimed.id, one.verdict.state, one.verdict.due_at, True, one.verdict.gone
    return *verdict, one.at, one.heard.status, one.heard.error, one.latency_ms


async def _reckon(connection: Connection, results: Sequence[Result], at: datetime) -> None:
    by_url: dict[tuple[str, str], list[Verdict]] = {}
    for one in results:
        assert one.verdict is not None
        by_url.setdefault((one.claimed.endpoint_id, one.claimed.url), []).append(one.verdict)
    rows = [(*key, *_sum(verdicts)) for key, verdicts in newest(by_url).items()]
    for row in await connection.fetch(SQL["reckon"], *map(list, zip(*rows, strict=True)), at):
        await tell(connection, *row, at=at)
    for one in results:
        if one.verdict and one.verdict.state == "parked":
            where = one.claimed.endpoint_id, one.claimed.tenant, one.claimed.part
            await tell(connection, *where, "endpoint.parked", "failing", at=at, webhook_id=one.claimed.webhook_id)


def newest(by_url: dict[tuple[str, str], list[Verdict]]) -> dict[tuple[str, str], list[Verdict]]:
    """One entry an endpoint: where its URL was changed between two answers, the later URL's count."""
    last = {endpoint_id: (endpoint_id, url) for endpoint_id, url in by_url}
    return {key: by_url[key] for key in last.values()}


def _sum(verdicts: Sequence[Verdict]) -> tuple[bool, bool, int, int, datetime | None, bool]:
    """Whether any succeeded; and of those after the last success: any failure, the dead, the unreachable; the longest
    pause; whether it is gone."""
    successes = [n for n, one in enumerate(verdicts) if one.ok]
    since = verdicts[successes[-1] + 1 :] if successes else verdicts
    dead = sum(one.state in ("dead", "parked") for one in since)
    unreachable = sum(one.unreachable for one in since)
    pause = max((one.pause_until for one in verdicts if one.pause_until), default=None)
    return bool(successes), bool(since), dead, unreachable, pause, any(one.gone for one in verdicts)
