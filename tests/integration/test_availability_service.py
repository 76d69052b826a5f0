"""The service as it runs: from Kafka to HTTP, killed under load, started again, two side by side (P3, P9)."""

import asyncio
import random
import signal
from typing import Any

import asyncpg
from faststream.kafka import KafkaBroker

from availability.store import DiaryModel
from contracts.record import Record
from eventlog.postgres import PostgresLog
from projections import checkpoints as stored
from projections.checkpoints import open_pool
from projections.freshness import Freshness
from projections.projector import Projector
from projections.subscription import Subscription
from read_model import PART, as_role, open_clinic, random_history, write
from served_availability import Served, served, until

CUT = """
select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and usename is not null
    and application_name = 'slotkeeper'
"""


async def no_drift(here: Served, events: int) -> None:
    """The live model is what a rebuild from the log makes (P5)."""
    report = await here.rebuild(dry_run=True)
    assert (report["drift"], report["drifted"], report["events"]) == ([], 0, events)


async def test_events_come_from_kafka_and_answers_wait_for_them(kafka: str, postgres: Any, topic_prefix: str) -> None:
    async with served(kafka, postgres, topic_prefix) as here:
        await here.start()
        clinic = random_history(1, 80)
        written = await here.publish(clinic.records)
        seen = (await here.reached(written[-1])).json()["items"]
        assert {one["id"] for one in seen} == {stream.removeprefix("appointment/") for stream in clinic.state.kept}
        report = await here.rebuild()
        assert (report["switched"], report["drift"], report["events"]) == (True, [], len(written))
        more = await here.publish(open_clinic("delta").records)
        late = await here.publish(random_history(1, 110).records[len(clinic.records) :])
        assert (await here.reached(late[-1])).headers["Slotkeeper-Position"] == late[-1].position
        back = await here.rebuild(back=True)
        assert (back["switched"], back["drift"]) == (True, [])
        await no_drift(here, len(written) + len(more) + len(late))
        assert await here.kill(signal.SIGTERM) == -signal.SIGTERM, "uvicorn ends by the signal it was asked with"


async def keep_publishing(here: Served, records: list[Record], enough: asyncio.Event) -> list[Record]:
    """Small batches, one after another, until there are none left or it is enough."""
    chance, written = random.Random(1), list[Record]()
    while records and not enough.is_set():
        count = chance.randrange(1, 8)
        batch, records = records[:count], records[count:]
        written += await here.publish(batch)
        await asyncio.sleep(0.005)
    return written


async def test_killed_under_load_it_goes_on_where_it_was(kafka: str, postgres: Any, topic_prefix: str) -> None:
    async with served(kafka, postgres, topic_prefix) as here:
        await here.start()
        enough = asyncio.Event()
        publishing = asyncio.create_task(keep_publishing(here, random_history(2, 3000).records, enough))
        for pause in (0.3, 0.05, 0.6, 0.2):
            await asyncio.sleep(pause)
            await here.kill()
            await here.start()
        enough.set()
        written = await publishing
        await here.reached(written[-1])
        await no_drift(here, len(written))


async def test_with_its_connections_cut_it_connects_again(kafka: str, postgres: Any, topic_prefix: str) -> None:
    async with served(kafka, postgres, topic_prefix) as here:
        await here.start()
        records = random_history(5, 300).records
        written = await here.publish(records[:40])
        admin = await asyncpg.connect(here.dsn)
        for start in range(40, 160, 20):
            await admin.execute(CUT)
            await here.reopen_log()
            written += await here.publish(records[start : start + 20])
        await admin.close()
        await here.reached(written[-1])
        await no_drift(here, len(written))


async def test_what_was_logged_while_kafka_was_silent_is_there_too(
    kafka: str, postgres: Any, topic_prefix: str
) -> None:
    async with served(kafka, postgres, topic_prefix) as here:
        await here.start()
        records = random_history(3, 60).records
        written = await here.publish(records[:20])
        unannounced = await write(here.log, records[20:40])
        await here.reached(unannounced[-1])
        written += unannounced
        await here.announce(unannounced)
        written += await here.publish(records[40:])
        await here.reached(written[-1])
        await no_drift(here, len(written))


async def test_a_partition_moves_between_two_members_and_each_event_counts_once(
    kafka: str, postgres: Any, topic_prefix: str
) -> None:
    """Two members of one group in this process; the second joins under load, then the first leaves."""
    async with served(kafka, postgres, topic_prefix) as here:
        records = random_history(4, 600).records
        log = await PostgresLog.open({"main": as_role(here.dsn, "log_reader")}, writer=False)
        pool = await open_pool(as_role(here.dsn, "availability"), "availability")
        model = DiaryModel()
        await stored.begin(pool, model.name, list(model.tables), 12)
        freshness = Freshness(lambda: stored.marks(pool, model.name))
        watching = asyncio.create_task(freshness.watch())

        def member(instance: str) -> tuple[KafkaBroker, Subscription]:
            broker = KafkaBroker(kafka, apply_types=False, logger=None)
            projector = Projector(model, pool, log, freshness)
            topic, group = f"{topic_prefix}.events", f"{topic_prefix}.availability"
            return broker, Subscription(broker, topic, group=group, instance=instance, projector=projector)

        (first, ours), (second, theirs) = member("1"), member("2")
        enough = asyncio.Event()
        publishing = asyncio.create_task(keep_publishing(here, records, enough))
        await first.start()
        await second.start()
        await until(lambda: bool(ours.parts and theirs.parts))
        assert not ours.parts & theirs.parts
        await first.stop()
        enough.set()
        written = await publishing
        await freshness.wait(PART, written[-1].pos, 20)
        await second.stop()
        watching.cancel()
        duplicates = await pool.fetchval("select count(*) - count(distinct (tenant, id, from_pos)) from appointments")
        assert duplicates == 0
        await here.start()
        await no_drift(here, len(written))
        await pool.close()
        await log.close()
