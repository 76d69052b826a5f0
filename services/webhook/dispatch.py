"""The dispatcher: claims what is due, sends it, records what came of it; batch after batch, on one loop.

Requests run side by side; whatever of them has ended is recorded in one batch, and at the same time what may start of
other endpoints is claimed in one. A claim that could not start at once goes back unsent: so nothing starts on what was
true of an endpoint more than `START_WITHIN` ago, and a change waits no longer than that to be in force.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from kit.clock import Clock
from kit.logging import log
from webhook import metrics
from webhook.clear import Clear
from webhook.keyring import Keyring
from webhook.queue import Claimed, Queue, Result
from webhook.sending.signing import sign
from webhook.verdict import Heard, judge

START_WITHIN = 0.5
"""Seconds between reading an endpoint's state and the start of its request, at most."""
IDLE_SECONDS, MOST_IDLE_SECONDS = 0.05, 0.5
"""How soon the queue is asked again for what became due, or was made by another process: twice as long every time that
there was nothing, as asking means a look at every endpoint. What this process makes due itself stirs it at once."""
PAUSE_SECONDS = 0.5
"""After the database failed."""
RELEASE_SECONDS = 2.0
ENDING_SECONDS = 3.0
BROKEN = Heard(None, "internal_error", None)
"""What is logged of an attempt that we could not make."""
FIRST_WAVE = 32
"""How many are claimed at once at first: more while they start in time, fewer when they do not."""
SMALLEST_WAVE = 4


class Answered(Protocol):
    """What a receiver said, as far as it matters here."""

    @property
    def status(self) -> int | None: ...
    @property
    def error(self) -> str | None: ...
    @property
    def retry_after(self) -> float | None: ...
    @property
    def latency_ms(self) -> int: ...


class Posts(Protocol):
    """Makes one request; never raises for what the receiver does."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, *, timeout: float) -> Answered: ...  # noqa: ASYNC109


class Dispatcher:
    """One a process. `room` bounds its requests under way, and with them its memory."""

    def __init__(
        self, queue: Queue, poster: Posts, clear: Clear, ring: Keyring, clock: Clock, *, room: int = 256
    ) -> None:
        self._queue, self._poster, self._clear, self._ring = queue, poster, clear, ring
        self._clock, self._room = clock, room
        self._under_way: set[asyncio.Task[None]] = set()
        self._results: list[Result] = []
        self._recording = 0
        self._stirred = asyncio.Event()
        self._idle = IDLE_SECONDS
        self._released = 0.0
        self._wave = FIRST_WAVE

    def stir(self) -> None:
        """Something may have become due: look at once."""
        self._stirred.set()

    async def run(self) -> None:
        """As long as the process; when it is cancelled, what is under way has a moment to end."""
        try:
            await self._begin()
            while True:
                await self._round()
        finally:
            await self._end()

    async def _end(self) -> None:
        """What ends in time is recorded, so that a restart repeats only what hangs."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=ENDING_SECONDS)
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        try:
            await self._record()
        except Exception as error:
            log.error("last results not recorded", exc_info=error)

    async def _begin(self) -> None:
        while True:
            try:
                return await self._queue.begin(self._clock())
            except Exception as error:
                log.error("queue not reached", exc_info=error)
                await asyncio.sleep(PAUSE_SECONDS)

    async def _round(self) -> None:
        """Records what ended and meanwhile starts what else may start; then waits if there was neither."""
        self._stirred.clear()
        done = await asyncio.gather(self._record(), self._start(), return_exceptions=True)
        for error in done:
            if isinstance(error, BaseException):
                log.error("queue not worked", exc_info=error)
        if any(isinstance(one, BaseException) for one in done):
            await asyncio.sleep(PAUSE_SECONDS)
        elif any(done):
            self._idle = IDLE_SECONDS
        else:
            await self._wait()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._idle):
                await self._stirred.wait()
            self._idle = IDLE_SECONDS
        except TimeoutError:
            self._idle = min(MOST_IDLE_SECONDS, 2 * self._idle)

    async def _record(self) -> int:
        if not (results := self._results):
            return 0
        self._results, self._recording = [], len(results)
        try:
            await self._queue.settle(results, self._clock())
        except BaseException:
            self._results = results + self._results
            raise
        finally:
            self._recording = 0
        for one in results:
            metrics.count(one)
        return len(results)

    async def _release(self) -> None:
        if (now := time.monotonic()) - self._released > RELEASE_SECONDS:
            self._released = now
            await self._queue.release_expired(self._clock())

    async def _start(self) -> int:
        await self._release()
        room = self._room - len(self._under_way) - len(self._results) - self._recording
        if room <= 0:
            return 0
        read = time.monotonic()
        claimed = await self._queue.claim(self._clock(), min(room, self._wave))
        if claimed:
            await self._send(claimed, read)
        return len(claimed)

    async def _send(self, claimed: Sequence[Claimed], read: float) -> None:
        try:
            bodies = await self._clear.bodies(claimed)
        except BaseException:
            self._results += [Result(one, self._clock()) for one in claimed]
            raise
        if time.monotonic() - read > START_WITHIN:
            self._wave = max(SMALLEST_WAVE, self._wave // 2)
            self._results += [Result(one, self._clock()) for one in claimed]
            return
        self._wave = min(self._room, self._wave * 2)
        for one, body in zip(claimed, bodies, strict=True):
            task = asyncio.create_task(self._deliver(one, body, read))
            self._under_way.add(task)
            task.add_done_callback(self._ended)
        metrics.UNDER_WAY.set(len(self._under_way))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._stirred.set()

    async def _deliver(self, one: Claimed, body: bytes | None, read: float) -> None:
        """One attempt. What is broken on our side fails it like a receiver would, and others go on."""
        if time.monotonic() - read > START_WITHIN:
            self._wave = max(SMALLEST_WAVE, self._wave // 2)
            self._results.append(Result(one, self._clock()))
            return
        at = self._clock()
        heard, latency = await self._attempt(one, body, at)
        self._results.append(Result(one, at, latency, heard, judge(heard, one.terms, self._clock())))

    async def _attempt(self, one: Claimed, body: bytes | None, at: datetime) -> tuple[Heard, int]:
        if body is None:
            return BROKEN, 0
        try:
            headers = headers_of(one, body, int(at.timestamp()), self._ring)
            answer = await self._poster.post(one.url, headers, body, timeout=one.timeout_seconds)
        except Exception as error:
            log.error("attempt failed", endpoint=one.endpoint_id, webhook=one.webhook_id, exc_info=error)
            return BROKEN, 0
        return Heard(answer.status, answer.error, answer.retry_after), answer.latency_ms


def headers_of(one: Claimed, body: bytes, timestamp: int, ring: Keyring) -> dict[str, str]:
    """Of Standard Webhooks: the id is the same on every attempt, timestamp and signature are fresh."""
    keys = ring.open_all(one.endpoint_id, one.secrets)
    return {
        "content-type": "application/json",
        "webhook-id": one.webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(keys, one.webhook_id, timestamp, body),
    }
