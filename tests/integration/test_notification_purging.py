"""What is over is purged in its time, and never comes back: no message goes out again because its row has gone."""

import asyncio
from datetime import timedelta
from typing import Any

import samples
from contracts.notifications import NotificationReplay
from contracts.record import Record
from notification import upkeep
from notification.replay import replay
from posting import CANCEL, Posting, posting, remind
from projections.projector import Projector
from samples import book

DAYS = timedelta(days=90)
WAITING = """
select exists (
    select from pg_locks l join pg_stat_activity a on a.pid = l.pid where a.datname = current_database() and not granted
)
"""


async def purge(here: Posting, after: timedelta = DAYS + timedelta(days=1), most: int = upkeep.BATCH) -> int:
    """As somebody does who comes by so much later."""
    return await upkeep.purge(here.pool, here.clinic.now + after - DAYS, most)


async def told(here: Posting) -> None:
    """A mail about a booking has gone out; its reminder has not."""
    await here.happens(remind(60), book("15:00"))
    await here.sweeps()


async def read_again(here: Posting) -> None:
    """The log from its beginning, as if nothing had been planned."""
    await here.pool.execute("update checkpoints set pos = 0, kafka_offset = 0")
    again = Projector(here.model, here.pool, here.log, here.sources.freshness)
    for part, head in (await here.log.heads()).items():
        if head.position:
            await again.catch_up(part)


async def test_a_row_goes_90_days_after_it_is_over_with_its_attempts_and_one_that_is_not_over_stays(
    postgres: Any,
) -> None:
    async with posting(postgres) as here:
        await told(here)
        assert await purge(here, DAYS) == 0
        assert await purge(here, DAYS + timedelta(seconds=1)) == 1
        assert [(row["kind"], row["status"]) for row in await here.rows()] == [("reminder", "planned")]
        assert await here.attempts() == []


async def test_the_oldest_go_first_a_bounded_number_at_once(postgres: Any) -> None:
    async with posting(postgres) as here:
        for minute in range(3):
            here.at(f"08:0{minute}")
            await here.happens(book(f"1{minute}:00"))
            await here.sweeps()
        last = (await here.rows())[-1]["id"]
        assert await purge(here, most=2) == 2
        assert [row["id"] for row in await here.rows()] == [last]
        assert [row["notification_id"] for row in await here.attempts()] == [last]


async def test_what_was_purged_is_not_planned_again_by_reading_the_log_again(postgres: Any) -> None:
    async with posting(postgres) as here:
        await told(here)
        await purge(here)
        before = await here.rows()
        await read_again(here)
        assert await here.rows() == before
        await here.happens(book("16:00"))
        assert [row["status"] for row in await here.rows(kind="booked")] == ["planned"], "what happens now is told"


async def test_an_operators_replay_tells_nobody_of_what_was_purged(postgres: Any) -> None:
    async with posting(postgres) as here:
        [*_, last] = await here.happens(book("15:00"))
        await here.sweeps()
        await purge(here)
        assert await told_again(here, last) == 0
        assert await here.rows() == []


async def told_again(here: Posting, last: Record) -> int:
    """How many rows an operator's replay of everything plans."""
    wish = {"tenant": samples.TENANT, "from": f"{last.part}.0", "to": last.position}
    return await replay(here.sources, NotificationReplay.model_validate(wish), timedelta(0))


async def test_nor_does_one_that_runs_while_it_is_being_purged(postgres: Any) -> None:
    async with posting(postgres) as here:
        [*_, last] = await here.happens(book("15:00"))
        await here.sweeps()
        async with here.pool.acquire() as connection, connection.transaction():
            await connection.execute(upkeep.SQL["purge"], here.clinic.now + DAYS, upkeep.BATCH)
            replaying = asyncio.create_task(told_again(here, last))
            async with asyncio.timeout(10):
                while not await here.pool.fetchval(WAITING):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        assert await replaying == 0


async def test_events_of_a_new_era_are_told_though_what_was_purged_of_an_older_one_stood_further_on(
    postgres: Any,
) -> None:
    async with posting(postgres) as here:
        await here.pool.execute("insert into forgotten values ($1, 0, 1000)", samples.TENANT)
        await here.happens(book("15:00"))
        assert len(await here.rows(kind="booked")) == 1


async def test_what_was_suppressed_when_it_was_planned_and_what_ended_unsent_go_too(postgres: Any) -> None:
    async with posting(postgres) as here:
        await here.happens(remind(24 * 60, 60), book("15:00", notify={"customer": False}), CANCEL)
        assert [row["status"] for row in await here.rows(kind="reminder")] == ["suppressed", "superseded"]
        ended_today = "update notifications set settled_at = $1 where ended_pos is not null"
        await here.pool.execute(ended_today, here.clinic.now)
        assert await purge(here) == 2
        assert [row["status"] for row in await here.rows()] == ["planned"]
