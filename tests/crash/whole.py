"""Whether all is whole after whatever happened: answers, log, diary, topic and read model, held against each other."""

import asyncio
import json
import os
import subprocess
import sys
from collections import defaultdict
from typing import Any, Protocol

import asyncpg
import orjson
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from contracts.envelope import header
from contracts.record import Record, decode
from crash.load import PATIENCE, Load
from crash.traffic import SOURCE
from eventlog.diary import Diaries, compare
from eventlog.log import Page
from eventlog.postgres import PostgresLog
from eventlog.proof import Counts, Proof
from local.stack import Stack
from projections import checkpoints
from stack_clinic import until

Log = dict[int, list[Page]]


class Told(Protocol):
    """Tells what was crashed how often, and what the log held then."""

    def __call__(self, what: str, count: int, counts: Counts, slowest: float = 0) -> None:
        """The slowest of them worked again after so many seconds (0: not timed)."""
        ...


async def assert_whole(load: Load) -> Counts:
    """Everything that the promises say of a log at rest; what the proof counted."""
    site = load.site
    await load.repeat()
    assert_one_answer_each(load)
    await until_at_rest(site)
    log = await whole_log(site)
    assert_applied_once(load, log)
    counts = assert_proved(log)
    await assert_diary_is_the_fold(site, log)
    await assert_topic_is_the_log(site, log)
    await assert_read_model_is_the_fold(site, log)
    return counts


async def until_at_rest(site: Stack) -> None:
    """No hold is left that will expire: from now on nothing is written by time alone."""
    connection = await asyncpg.connect(site.site.database, timeout=10)

    async def at_rest() -> bool:
        return not await connection.fetchval("select exists (select from booking.timers)")

    try:
        await until(at_rest, PATIENCE)
    finally:
        await connection.close()


def assert_one_answer_each(load: Load) -> None:
    """P2: however often a command was sent and answered, the answer was the same."""
    for id in load.sent:
        assert len(load.heard[id]) >= 2
        assert len(set(load.heard[id])) == 1, f"{id} was answered differently: {set(load.heard[id])}"


def assert_applied_once(load: Load, log: Log) -> None:
    """The log holds of each command what its answer says, once, and of a refused one nothing."""
    written: defaultdict[str, list[str]] = defaultdict(list)
    for record in records(log):
        if record.source == SOURCE and record.tenant in load.tenants:
            written[record.command_id].append(record.event_id)
    for id in load.sent:
        answer = orjson.loads(load.heard[id][0])
        assert written.pop(id, []) == [event["id"] for event in answer.get("events", [])], answer
    assert not written, "nothing is in the log that nobody sent"


def assert_proved(log: Log) -> Counts:
    """P1 and P3, by the proof that shares nothing with the desk."""
    proof = Proof()
    for record in records(log):
        proof.feed(record)
    assert proof.violation is None
    return proof.counts


async def assert_diary_is_the_fold(site: Stack, log: Log) -> None:
    for part, pages in log.items():
        diaries = Diaries()
        for page in pages:
            diaries.feed(decode(page.state))
        difference = await compare({"main": site.site.database}, part, diaries.rows())
        assert not difference.missing
        assert not difference.surplus


async def assert_topic_is_the_log(site: Stack, log: Log) -> None:
    """Same positions, same bytes, in order where each is taken once; and no copy differs from the log."""
    published = dict.fromkeys(log, 0)
    for record in await until_published(site, {part: len(pages) for part, pages in log.items()}):
        pos = int(header(record.headers, "pos") or b"0")
        assert pos <= published[record.partition] + 1, "the topic skips a position"
        assert record.value == log[record.partition][pos - 1].state
        published[record.partition] = max(pos, published[record.partition])
    assert published == {part: len(pages) for part, pages in log.items()}


async def until_published(site: Stack, ends: dict[int, int]) -> list[ConsumerRecord]:
    """The events topic, once it holds so many positions of each partition."""
    found: list[ConsumerRecord] = []
    places = [TopicPartition(f"{site.topic_prefix}.events", part) for part in ends]
    consumer = AIOKafkaConsumer(bootstrap_servers=site.kafka, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        last = dict.fromkeys(ends, 0)
        async with asyncio.timeout(PATIENCE):
            while any(last[part] < end for part, end in ends.items()) or await _behind(consumer, places):
                for records_of in (await consumer.getmany(timeout_ms=300)).values():
                    found += records_of
                    last[records_of[-1].partition] = int(header(records_of[-1].headers, "pos") or b"0")
    finally:
        await consumer.stop()
    return found


async def _behind(consumer: AIOKafkaConsumer, places: list[TopicPartition]) -> bool:
    ends = await consumer.end_offsets(places)
    return any([await consumer.position(place) < ends[place] for place in places])


async def assert_read_model_is_the_fold(site: Stack, log: Log) -> None:
    """P5: it catches up, and made again from nothing it has the same hash."""
    await until_projected(site, {part: len(pages) for part, pages in log.items()})
    report = await asyncio.to_thread(rebuilt_beside, site)
    assert report["drift"] == []
    assert report["drifted"] == 0
    assert report["events"] == sum(map(len, log.values()))


async def until_projected(site: Stack, ends: dict[int, int]) -> None:
    pool = await checkpoints.open_pool(site.site.database, "availability", size=1)

    async def there() -> bool:
        marks = await checkpoints.marks(pool, "availability")
        return all(end == 0 or (part in marks and marks[part].pos >= end) for part, end in ends.items())

    try:
        await until(there, PATIENCE)
    finally:
        await pool.close()


def rebuilt_beside(site: Stack) -> dict[str, Any]:
    """The report of a rebuild that is compared with the live read model and dropped."""
    done = subprocess.run(
        [sys.executable, "-m", "availability.rebuild", "--dry-run"],
        env=os.environ | site.environment("availability"), capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])["report"]
    return report


async def whole_log(site: Stack) -> Log:
    """Every row of every partition."""
    log = await PostgresLog.open({"main": site.site.database}, writer=False)
    try:
        return {part: list(await log.read(part, 0, limit=1_000_000)) for part in await log.heads()}
    finally:
        await log.close()


def records(log: Log) -> list[Record]:
    return [decode(page.state) for pages in log.values() for page in pages]
