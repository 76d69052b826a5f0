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
        tokens = self._tokens(key_id, now)
        if tokens < 1.0:
            return (1.0 - tokens) / self._per_second
        self._buckets[key_id] = _Bucket(tokens - 1.0, now)
        if len(self._buckets) > self._capacity:
            self._forget_rested(now)
        return 0.0

    def _tokens(self, key_id: str, now: float) -> float:
        bucket = self._buckets.get(key_id)
        if bucket is None:
            return self._burst
        return min(self._burst, bucket.tokens + (now - bucket.at) * self._per_second)

    def _forget_rested(self, now: float) -> None:
        """A full bucket says nothing; only those still filling are kept."""
        filling = [key for key in self._buckets if self._tokens(key, now) < self._burst]
        self._buckets = {key: self._buckets[key] for key in filling}
