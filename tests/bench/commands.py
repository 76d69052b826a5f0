"""Commands end to end: throughput against the stock application and the bare insert, latency against the bare path."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing.synchronize import Event

import asyncpg

from bench import bare, stock
from bench.rig import TENANTS, Rig
from bench.table import Figure, figure
from bench.work import bookings
from contracts.routing import Topics
from streams.topics import ensure_topics

ROUNDS = 5
FLOOD = 12_000
STOCK = 1_500
STEADY = 500
SECONDS = 6


async def throughput(rig: Rig) -> list[Figure]:
    """`commands_vs_stock` and `commands_vs_insert`, their rounds interleaved."""
    ours, stocks, inserts = [], [], []
    admin = rig.admin
    async with rig.client() as client:
        for number in range(ROUNDS):
            work = bookings(FLOOD, TENANTS, seed=number + 1, first_day=20 + 20 * number, prefix=f"r{number}-")
            ours.append(await client.flood(work))
            stocks.append(await asyncio.to_thread(stock.rate, admin, work[:STOCK]))
            inserts.append(await bare.insert_rate(admin, await _sample(admin), FLOOD))
            rig.told(f"{ours[-1]:,.0f} commands/s; stock {stocks[-1]:,.0f}; bare insert {inserts[-1]:,.0f}")
    return [
        figure("commands_vs_stock", ours, "commands/s", baselines=stocks, goal="aim 10x, at least 4x", at_least=4),
        figure(
            "commands_vs_insert", ours, "commands/s", baselines=inserts, goal="aim 40 %, at least 20 %", at_least=0.2
        ),
    ]


async def latency(rig: Rig) -> list[Figure]:
    """`outcome_p50` and `outcome_p99` at 500 commands a second."""
    ours, paths = [], []
    async with _bare_path(rig) as topics, rig.client() as client, rig.client(topics) as bare_client:
        for number in range(ROUNDS):
            work = bookings(
                STEADY * SECONDS, TENANTS, seed=number + 50, first_day=200 + 10 * number, prefix=f"s{number}-"
            )
            ours.append(await client.steadily(work, STEADY))
            paths.append(await bare_client.steadily(work, STEADY))
            rig.told(f"p50 {_at(ours[-1], 0.5):.1f} ms, p99 {_at(ours[-1], 0.99):.1f} ms; "
                     f"bare {_at(paths[-1], 0.5):.1f} and {_at(paths[-1], 0.99):.1f}")  # fmt: skip
    return [
        figure(
            f"outcome_p{round(share * 100)}", [_at(one, share) for one in ours], "ms",
            baselines=[_at(one, share) for one in paths], goal="aim 2x the bare path, at most 4x", at_most=4,
        )
        for share in (0.5, 0.99)
    ]  # fmt: skip


def _at(latencies: list[float], share: float) -> float:
    return latencies[min(len(latencies) - 1, int(len(latencies) * share))]


async def _sample(dsn: str) -> bare.Rows:
    """A typical row of ours, so that the bare side writes as many bytes."""
    connection = await asyncpg.connect(dsn)
    try:
        state = await connection.fetchval("select state from booking.events where type = 'AppointmentBooked' limit 1")
        outcome = await connection.fetchval("select outcome from booking.inbox order by length(outcome) desc limit 1")
        return bare.Rows(state, outcome)
    finally:
        await connection.close()


@asynccontextmanager
async def _bare_path(rig: Rig) -> AsyncIterator[Topics]:
    """The bare path as a process of its own, like booking."""
    topics = Topics(f"{rig.stack.topic_prefix}-bare")
    await ensure_topics(rig.stack.kafka, topics.prefix, rig.stack.partitions)
    rows = await _sample(rig.admin)
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    arguments = rig.admin, rig.stack.kafka, topics, rows, ready
    process = context.Process(target=_run_path, args=arguments, daemon=True)
    process.start()
    try:
        if not await asyncio.to_thread(ready.wait, 60):
            raise TimeoutError("the bare path did not start")
        yield topics
    finally:
        process.terminate()
        await asyncio.to_thread(process.join, 10)


def _run_path(dsn: str, kafka: str, topics: Topics, rows: bare.Rows, ready: Event) -> None:
    import uvloop

    uvloop.run(bare.path(dsn, kafka, topics.commands, topics.outcomes, rows, ready.set))
