"""The fence: whatever two writers believe, a partition is written by one of them, densely (P3, D1, D2)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

import asyncpg
import msgspec
import pytest

from eventlog.log import BookRow, ClockSkew, InboxKey, KeyRow, Log, LookUp, PartAppend, Timer, Wanted, WantedDays
from eventlog.memory import MemoryLog
from eventlog.placement import move
from eventlog.postgres import PostgresLog
from fences import PART, SCENARIOS, Scenario
from logs import TENANT, answer, change, interval, log_database, now, take
from lossy import lossy

DAY = 20_500
LOST = (ConnectionError, asyncpg.PostgresConnectionError)


@dataclass
class Rig:
    """A log, how to lose the answer of one append, and how to move a partition away from it."""

    log: Log
    lose: Callable[[list[PartAppend]], Awaitable[Any]]
    move_away: Callable[[int], Awaitable[Any]]


@pytest.fixture(params=["postgres", "memory"])
async def rig(request: pytest.FixtureRequest, postgres: Any) -> AsyncIterator[Rig]:
    if request.param == "memory":
        yield _memory_rig()
        return
    databases = {"main": await log_database(postgres), "other": await log_database(postgres, parts=())}
    async with lossy(databases["main"]) as (proxy, dsn):
        log = await PostgresLog.open({"main": databases["main"]}, writer=True)
        unlucky = await PostgresLog.open({"main": dsn}, writer=True)

        async def lose(batch: list[PartAppend]) -> Any:
            stale = [msgspec.structs.replace(part, epoch=-1) for part in batch]
            assert await unlucky.append(stale, now()), "statements are prepared now, so the next answer is the append's"
            proxy.losing = True
            return await unlucky.append(batch, now())

        yield Rig(log, lose, lambda part: move(databases, part, "other"))
        await unlucky.close()
        await log.close()


def _memory_rig() -> Rig:
    log = MemoryLog()

    async def lose(batch: list[PartAppend]) -> Any:
        await log.append(batch, now())
        raise ConnectionError

    async def move_away(part: int) -> None:
        log.close_head(part, "other")

    return Rig(log, lose, move_away)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
async def test_the_stale_writer_is_refused(rig: Rig, scenario: Scenario) -> None:
    assert await scenario(rig.log)


async def test_nothing_of_a_refused_partition_is_kept_beside_one_that_passes(rig: Rig) -> None:
    heads = await take(rig.log, PART, 4)
    await take(rig.log, PART, instance="b")
    everything: dict[str, Any] = {
        "events": 2,
        "inbox": [answer("c1")],
        "diary": [interval("appointment/apt_1", DAY)],
        "timers": [Timer(TENANT, "appointment/apt_1", "expiry", now())],
        "look_ups": [LookUp(TENANT, "e", "cus_1")],
        "keys": [KeyRow(TENANT, "", 1, b"key")],
        "books": [BookRow(TENANT, 1, b"book")],
    }
    assert await rig.log.append([change(head, **everything) for head in heads.values()], now()) == {PART}
    assert [len(kept) for kept in await everything_kept(rig.log, PART)] == [0] * 7
    assert [len(kept) for kept in await everything_kept(rig.log, 4)] == [2, 1, 1, 1, 1, 1, 1]


async def everything_kept(log: Log, part: int) -> list[Any]:
    inbox, look_up, day = InboxKey(TENANT, "web", "c1"), (TENANT, "e"), (TENANT, "ann", DAY)
    loaded = (await log.load([Wanted(part=part, tenants={TENANT}, inbox={inbox}, look_ups={look_up})]))[part]
    days = (await log.load_days([WantedDays(part=part, days={day})]))[part].days
    timers = (await log.due_timers([part], now(), 9)).get(part, [])
    return [await log.read(part, 0), loaded.inbox, days, timers, loaded.look_ups, loaded.keys, loaded.books]


async def test_nothing_is_cleared_for_a_refused_partition(rig: Rig) -> None:
    cleared = [(TENANT, "appointment/apt_1")]
    written: dict[str, Any] = {"diary": [interval(cleared[0][1], DAY)], "timers": [Timer(*cleared[0], "expiry", now())]}
    await rig.log.append([change((await take(rig.log, PART))[PART], **written)], now())
    heads = await take(rig.log, PART, 4)
    await take(rig.log, PART, instance="b")
    clearing = [change(head, diary_cleared=cleared, timers_cleared=cleared) for head in heads.values()]
    assert await rig.log.append(clearing, now()) == {PART}
    kept = await everything_kept(rig.log, PART)
    assert (len(kept[2]), len(kept[3])) == (1, 1)


async def test_the_head_names_who_owns_the_partition_now(rig: Rig) -> None:
    old = await rig.log.new_owner("a")
    await rig.log.take_over([PART], old, now())
    new = await rig.log.new_owner("a")
    await rig.log.take_over([PART], new, now())
    assert (await rig.log.heads())[PART].owner == str(new)
    assert new.start > old.start


async def test_an_append_whose_answer_was_lost_is_found_by_taking_over_and_not_written_twice(rig: Rig) -> None:
    head = (await take(rig.log, PART))[PART]
    batch = [change(head, events=2, inbox=[answer("c1")])]
    with pytest.raises(LOST):
        await asyncio.wait_for(rig.lose(batch), 10)
    assert await rig.log.append(batch, now()) == {PART}
    again = (await take(rig.log, PART))[PART]
    assert again.position == 2
    loaded = await rig.log.load([Wanted(part=PART, inbox={InboxKey(TENANT, "web", "c1")})])
    assert loaded[PART].inbox


async def test_one_stale_head_among_many_keeps_only_itself_out(rig: Rig) -> None:
    heads = await take(rig.log, *range(6))
    await take(rig.log, PART, instance="b")
    batch = [change(head, events=2, inbox=[answer(f"c{part}")]) for part, head in heads.items()]
    assert await rig.log.append(batch, now()) == {PART}
    now_heads = await rig.log.heads()
    assert {part: now_heads[part].position for part in heads} == {part: 0 if part == PART else 2 for part in heads}


async def test_a_partition_that_moved_away_is_refused_even_to_who_knows_its_epoch(rig: Rig) -> None:
    heads = await take(rig.log, PART, 4)
    await rig.move_away(PART)
    after_closing = change(heads[PART], events=1)
    after_closing.epoch += 1
    assert await rig.log.append([change(heads[PART], events=1), change(heads[4], events=1)], now()) == {PART}
    assert await rig.log.append([after_closing], now()) == {PART}
    assert set(await take(rig.log, PART, 4)) == {4}


@pytest.mark.parametrize("seconds", [-1.5, 1.5])
async def test_a_clock_more_than_a_second_off_neither_appends_nor_takes_over(rig: Rig, seconds: float) -> None:
    head = (await take(rig.log, PART))[PART]
    clock = now() + timedelta(seconds=seconds)
    with pytest.raises(ClockSkew):
        await rig.log.append([change(head, events=1)], clock)
    with pytest.raises(ClockSkew):
        await rig.log.take_over([PART], await rig.log.new_owner("b"), clock)
    assert (await rig.log.heads())[PART] == head


async def test_positions_are_dense_whatever_writers_do_at_once(rig: Rig) -> None:
    """Writers take over from each other all the time; a reader at the same time never sees a gap."""
    seen: list[int] = []

    async def write(instance: str) -> None:
        random = Random(instance)
        for _ in range(25):
            heads = await take(rig.log, PART, instance=instance)
            await asyncio.sleep(random.random() / 500)
            await rig.log.append([change(heads[PART], events=random.randrange(4))], now())

    async def follow() -> None:
        while True:
            seen.extend(page.pos for page in await rig.log.read(PART, len(seen)))
            await asyncio.sleep(0)

    reader = asyncio.create_task(follow())
    await asyncio.wait_for(asyncio.gather(*(write(f"instance {n}") for n in range(4))), 60)
    reader.cancel()
    end = (await rig.log.heads())[PART].position
    assert [page.pos for page in await rig.log.read(PART, 0)] == list(range(1, end + 1))
    assert end > 0
    assert seen == list(range(1, len(seen) + 1))


async def test_appends_over_overlapping_partitions_do_not_wait_for_each_other_for_ever(rig: Rig) -> None:
    async def write(seed: int) -> None:
        random = Random(seed)
        for _ in range(15):
            parts = random.sample(range(12), 6)
            heads = await take(rig.log, *parts, instance=str(seed))
            await rig.log.append([change(heads[part], events=1) for part in parts], now())

    await asyncio.wait_for(asyncio.gather(*map(write, range(4))), 60)
    for part, head in (await rig.log.heads()).items():
        assert [page.pos for page in await rig.log.read(part, 0)] == list(range(1, head.position + 1))
