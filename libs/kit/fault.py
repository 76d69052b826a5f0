"""Fault points: named places at which a test kills the process, or makes it fail, at a chosen pass.

`SLOTKEEPER_FAULT=name` kills at the first pass, `name:3` at the third. `raising` makes a point raise in this process
instead. Without either a point costs one comparison.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

POINTS = (
    "after_poll", "after_load", "after_decide", "before_append", "after_append", "before_events_sent",
    "after_events_sent", "before_outcomes_sent", "after_outcomes_sent", "before_ack", "after_ack",
)  # fmt: skip
"""Every step of a command between poll and acknowledgement, in order."""


class Fault(Exception):
    """Raised by a point that a test armed with `raising`."""


class _Armed:
    name = ""
    left = 0
    raises = False


def arm(text: str) -> None:
    """Kills this process at the point and pass that `text` names; the empty text disarms."""
    name, _, passes = text.partition(":")
    if name and name not in POINTS:
        raise ValueError(f"there is no fault point {name!r}; there are {', '.join(POINTS)}")
    _Armed.name, _Armed.left, _Armed.raises = name, int(passes or 1), False


@contextmanager
def raising(text: str) -> Iterator[None]:
    """Within, the point raises `Fault` at that pass, once."""
    arm(text)
    _Armed.raises = True
    try:
        yield
    finally:
        arm("")


def point(name: str) -> None:
    """Passes, unless armed for just this point and pass."""
    if name != _Armed.name:
        return
    _Armed.left -= 1
    if _Armed.left:
        return
    if _Armed.raises:
        raise Fault(name)
    os.kill(os.getpid(), signal.SIGKILL)
