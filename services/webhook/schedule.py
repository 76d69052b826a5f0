"""The retry schedule: after how many seconds a delivery is tried again, as a pure function of what was tried.

The same delivery always gets the same jitter, so a retry is never moved by who computes it; different deliveries that
failed together come back apart.
"""

from collections.abc import Sequence
from hashlib import sha256

DEFAULT: tuple[float, ...] = (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds before each attempt, the first one included: ten attempts, over about three days."""
JITTER = 0.2
"""The share by which a wait may be shorter or longer."""


def wait_before(attempt: int, webhook_id: str, schedule: Sequence[float] | None = None) -> float | None:
    """Seconds to wait before that attempt (from 1); None when there is none any more."""
    steps = DEFAULT if schedule is None else schedule
    if attempt > len(steps):
        return None
    return steps[attempt - 1] * (1 + JITTER * (2 * chance(webhook_id, attempt) - 1))


def chance(webhook_id: str, attempt: int) -> float:
    """Between 0 and 1, evenly spread over deliveries and attempts."""
    return int.from_bytes(sha256(f"{webhook_id} {attempt}".encode()).digest()[:6]) / 2**48
