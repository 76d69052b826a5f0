"""What must not be possible: scenarios of two writers, each telling whether the stale one was refused.

They run against a sound log (test_fence.py), and against logs with one clause of the append taken out, where they must
see the difference (test_fence_controls.py).
"""

from collections.abc import Awaitable, Callable

from eventlog.log import Head, Log
from logs import answer, change, now, take

PART = 3

Scenario = Callable[[Log], Awaitable[bool]]


async def _refused(log: Log, head: Head, events: int = 0) -> bool:
    """Whether an append after `head` fails its compare; it must then have written nothing."""
    before = (await log.heads()).get(PART)
    failed = await log.append([change(head, events=events, inbox=[answer(f"late at {head.epoch}")])], now())
    return failed == {PART} and (await log.heads()).get(PART) == before


async def two_owners(log: Log) -> bool:
    """Both think that they own the partition; the newer one has written."""
    old = (await take(log, PART, instance="a"))[PART]
    new = (await take(log, PART, instance="b"))[PART]
    assert await log.append([change(new, events=1)], now()) == set()
    return await _refused(log, old, events=1)


async def idle_new_owner(log: Log) -> bool:
    """The newer one has not written yet, so the position is still the one the older one knows."""
    old = (await take(log, PART, instance="a"))[PART]
    await take(log, PART, instance="b")
    return await _refused(log, old, events=1)


async def rejections_only(log: Log) -> bool:
    """The older one has only answers to write, which move no position."""
    old = (await take(log, PART, instance="a"))[PART]
    await take(log, PART, instance="b")
    return await _refused(log, old, events=0)


async def one_instance_id(log: Log) -> bool:
    """Two processes run under one instance id; the start number tells them apart."""
    old = (await take(log, PART, instance="a"))[PART]
    new = (await take(log, PART, instance="a"))[PART]
    assert old.owner != new.owner
    return await _refused(log, old)


async def forgotten_append(log: Log) -> bool:
    """One owner writes again after the position it knew before its own last append, answers only."""
    head = (await take(log, PART))[PART]
    assert await log.append([change(head, events=1)], now()) == set()
    return await _refused(log, head)


SCENARIOS: list[Scenario] = [two_owners, idle_new_owner, rejections_only, one_instance_id, forgotten_append]
