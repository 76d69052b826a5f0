"""Quotas: a token bucket for each API key. Time and key are inputs; a bucket that is full again is forgotten."""

import time
from collections.abc import Callable
from typing import NamedTuple

CAPACITY = 10_000


class _Bucket(NamedTuple):
    tokens: float
    at: float


class Quotas:
    """`per_second` requests of a key, and `burst` at once after a rest."""

    def __init__(
        self, per_second: float, burst: int, *, clock: Callable[[], float] = time.monotonic, capacity: int = CAPACITY
    ) -> None:
        self._per_second, self._burst, self._clock, self._capacity = per_second, float(burst), clock, capacity
        self._buckets: dict[str, _Bucket] = {}

    def take(self, key_id: str) -> float:
        """Takes one token: 0, or (nothing taken) the seconds until there is one."""
        now = self._clock()
        missing = 1.0 - self._tokens(key_id, now)
        if missing > 0:
            return missing / self._per_second
        return self._taken(key_id, now)

    def reserve(self, key_id: str) -> float:
        """Takes one token of those to come, and tells the seconds until it is there: for one who waits in turn."""
        return self._taken(key_id, self._clock())

    def _taken(self, key_id: str, now: float) -> float:
        left = self._tokens(key_id, now) - 1.0
        self._buckets[key_id] = _Bucket(left, now)
        if len(self._buckets) > self._capacity:
            self._forget_rested(now)
        return max(0.0, -left / self._per_second)

    def _tokens(self, key_id: str, now: float) -> float:
        bucket = self._buckets.get(key_id)
        if bucket is None:
            return self._burst
        return min(self._burst, bucket.tokens + (now - bucket.at) * self._per_second)

    def _forget_rested(self, now: float) -> None:
        """A full bucket says nothing; only those still filling are kept."""
        filling = [key for key in self._buckets if self._tokens(key, now) < self._burst]
        self._buckets = {key: self._buckets[key] for key in filling}
