"""The projector: each event is applied once and in order, whatever Kafka brings and whoever else writes (P3, D7)."""

import asyncio
import random
from typing import Any

import asyncpg
import pytest

from availability.store import DiaryModel
from contracts.record import Record
from projections import projector as projecting
from projections.checkpoints import SQL
from projections.projector import Arrived, Outrun, Projector
from read_model import PART, Reading, by_part, random_history, reading, write

STEPS = 120


async def filled(here: Reading, seed: int = 1) -> list[Record]:
    """The records of a random history, in the log and nowhere else."""
    return await write(here.log, random_history(seed, STEPS).records)


async def expected(postgres: Any, records: list[Record]) -> dict[str, str]:
    """What a read model holds to which each record came once, one batch each."""
    async with reading(postgres) as plain:
        await write(plain.log, records)
        for one in records:
            await plain.project([one])
        return await plain.hashes()


async def anew(postgres: Any, here: Reading) -> dict[str, str]:
    """What a read model holds that is folded from the log as it is now."""
    async with reading(postgres, here.log) as fresh:
        await fresh.catch_up()
        return await fresh.hashes()


async def test_what_arrives_twice_is_applied_once(postgres: Any) -> None:
    async with reading(postgres) as here:
        records = await filled(here)
        for start in range(0, len(records), 10):
            await here.project(records[max(0, start - 25) : start + 10])
        assert await here.hashes() == await expected(postgres, records)
        assert await here.position() == len(records)


async def test_one_batch_may_hold_a_record_twice(postgres: Any) -> None:
    async with reading(postgres) as here:
        records = await filled(here)
        await here.project([*records[:30], *records[20:50], *records[:5], *records[50:]])
        assert await here.hashes() == await expected(postgres, records)


async def test_what_never_arrives_is_read_from_the_log(postgres: Any) -> None:
    async with reading(postgres) as here:
        records = await filled(here)
        await here.project(records[:7])
        await here.project(records[31:44])
        assert await here.position() == 44
        await here.project(records[-1:])
        assert await here.hashes() == await expected(postgres, records)


async def test_a_replay_from_the_beginning_changes_nothing(postgres: Any) -> None:
    async with reading(postgres) as here:
        records = await filled(here)
        await here.project(records)
        before = await here.hashes()
        await here.another_projector().project(by_part(records))
        assert await here.hashes() == before


async def test_a_partition_goes_to_and_fro_between_two_consumers(postgres: Any) -> None:
    """As after rebalances: each time the other one has written meanwhile, and some batches come to both."""
    chance = random.Random(5)
    async with reading(postgres) as here:
        records = await filled(here)
        consumers = [here.projector, here.another_projector()]
        for start in range(0, len(records), 9):
            batch = by_part(records[max(0, start - chance.randrange(12)) : start + 9])
            await asyncio.gather(*(one.project(batch) for one in chance.choices(consumers, k=chance.randrange(1, 4))))
        assert await here.hashes() == await expected(postgres, records)


async def test_partitions_are_folded_apart(postgres: Any) -> None:
    async with reading(postgres) as here:
        ours = await write(here.log, random_history(1, STEPS).records)
        theirs = await write(here.log, random_history(2, STEPS, "bravo").records)
        mixed = sorted([*ours, *theirs], key=lambda one: one.pos)
        await here.project(mixed)
        assert await here.hashes() == await expected(postgres, ours)
        assert await here.position(theirs[0].part) == len(theirs)


async def test_a_partition_that_fails_does_not_stop_the_others(postgres: Any) -> None:
    async with reading(postgres) as here:
        ours = await write(here.log, random_history(1, STEPS).records)
        theirs = await write(here.log, random_history(2, STEPS, "bravo").records)
        batch = by_part(theirs)
        broken = [Arrived(PART, 1, 1, 0, b"not a record")]
        with pytest.raises(ValueError, match="JSON"):
            await here.projector.project({PART: broken, **batch})
        assert await here.position(theirs[0].part) == len(theirs)
        await here.project(ours)
        assert await here.position() == len(ours)


# --- the compare-and-set ------------------------------------------------------------------------------------------


class Paused:
    """A fold that stops just before it writes, until it may go on: a consumer that lost the processor in the middle."""

    def __init__(self, fold: Any, at_write: asyncio.Event, go_on: asyncio.Event) -> None:
        self._fold, self._at_write, self._go_on = fold, at_write, go_on
        self.load, self.add = fold.load, fold.add

    async def write(self, connection: Any, generation: int) -> None:
        self._at_write.set()
        await asyncio.wait_for(self._go_on.wait(), 10)
        await self._fold.write(connection, generation)


async def woken_after_another(here: Reading, records: list[Record]) -> Projector:
    """A consumer read its checkpoint, slept while another wrote on, and now projects what it had polled."""
    sleeper = here.another_projector()
    await sleeper.project(by_part(records[:20]))
    await here.project(records)
    await sleeper.project(by_part(records[20:60]))
    return sleeper


async def test_a_paused_consumer_that_wakes_writes_nothing(postgres: Any) -> None:
    async with reading(postgres) as here:
        records = await filled(here)
        await woken_after_another(here, records)
        assert await here.hashes() == await expected(postgres, records)
        assert await here.position() == len(records)


async def test_without_the_compare_a_woken_consumer_would_write_again(
    postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind = SQL["advance"].replace("and pos = $5", "and $5::bigint >= 0")
    monkeypatch.setitem(SQL, "advance", blind)
    async with reading(postgres) as here:
        with pytest.raises(asyncpg.UniqueViolationError):
            await woken_after_another(here, await filled(here))


async def test_without_dropping_what_was_seen_records_would_be_applied_again(
    postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: a projector that takes every batch for the next positions."""
    monkeypatch.setattr(projecting, "_continues", lambda at, fresh: True)
    async with reading(postgres) as here:
        records = await filled(here)
        with pytest.raises(ValueError, match="hole"):
            await here.project([*records[:30], *records[20:50]])


async def test_a_consumer_paused_inside_its_transaction_makes_others_wait_and_nothing_is_lost(postgres: Any) -> None:
    async with reading(postgres) as here:
        records = await filled(here)
        at_write, go_on = asyncio.Event(), asyncio.Event()
        slow = DiaryModel()
        slow.fold = lambda part: Paused(DiaryModel().fold(part), at_write, go_on)  # type: ignore[method-assign,assignment,return-value]
        sleeper = Projector(slow, here.pool, here.log, here.freshness)
        sleeping = asyncio.create_task(sleeper.project(by_part(records[:30])))
        await asyncio.wait_for(at_write.wait(), 10)
        other = asyncio.create_task(here.project(records[:50]))
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.gather(sleeping, other)
        await here.project(records[50:])
        assert await here.hashes() == await expected(postgres, records)


# --- eras ---------------------------------------------------------------------------------------------------------


async def test_a_new_era_takes_back_what_the_old_one_wrote_beyond_its_start(postgres: Any) -> None:
    async with reading(postgres) as here:
        old = await filled(here)
        await here.project(old)
        kept = len(old) - 40
        here.log.restore(PART, kept)
        new = await write(here.log, old[kept : kept + 10])
        await here.project(new)
        assert await here.position() == kept + 10
        assert await here.hashes() == await anew(postgres, here)


async def test_void_records_of_an_older_era_are_dropped(postgres: Any) -> None:
    """A topic read from its beginning brings what a restored log no longer has."""
    async with reading(postgres) as here:
        old = await filled(here)
        kept = len(old) - 40
        here.log.restore(PART, kept)
        await here.project(old[: kept + 20])
        assert await here.position() == kept
        new = await write(here.log, old[kept : kept + 10])
        await here.project([*old[kept + 20 :], *new])
        assert await here.position() == kept + 10
        assert await here.hashes() == await anew(postgres, here)


async def test_a_log_behind_the_read_model_in_the_same_era_is_refused(postgres: Any) -> None:
    """A restored database without `slotkeeper restore`: nothing is folded over what never happened."""
    async with reading(postgres) as here:
        records = await filled(here)
        await here.project(records)
        shorter = type(here.log)()
        await write(shorter, records[:30])
        with pytest.raises(Outrun):
            await Projector(DiaryModel(), here.pool, shorter, here.freshness).catch_up(PART)


# --- by itself ----------------------------------------------------------------------------------------------------


async def test_what_kafka_does_not_bring_is_caught_up_from_the_log(postgres: Any) -> None:
    async with reading(postgres) as here:
        records = await filled(here)
        keeping = asyncio.create_task(here.projector.keep_up(lambda: [PART], seconds=0.02))
        await here.freshness.wait(PART, len(records), 10)
        keeping.cancel()
        assert await here.hashes() == await expected(postgres, records)


async def test_a_dropped_read_model_comes_back_by_itself(postgres: Any) -> None:
    async with reading(postgres) as here:
        records = await filled(here)
        await here.project(records)
        before = await here.hashes()
        for table in DiaryModel.tables:
            await here.pool.execute(f"truncate {table}")
        await here.pool.execute("delete from generations")
        keeping = asyncio.create_task(here.projector.keep_up(lambda: [PART], seconds=0.02))
        await here.refilled(len(records))
        keeping.cancel()
        assert await here.hashes() == before
