"""`tail`: events as they come, one line each. What is told is the log; Kafka says when there is more of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import asyncpg
import typer
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError

from cli.exits import complaints, next_step, not_there, wrong_use
from contracts.events import EVENTS
from contracts.record import Record, decode
from contracts.routing import part_of
from eventlog.log import LogReader, Page
from eventlog.postgres import PostgresLog
from kit.settings import settings

app = typer.Typer()
PAGE = 1_000


@app.command()
def tail(
    types: Annotated[str, typer.Option(help="Only these event types, with commas.")] = "",
    tenant: Annotated[str | None, typer.Option(help="Only this tenant's.")] = None,
    start: Annotated[
        str, typer.Option("--from", help="After this position (7.48213), or `beginning`, or `now`.")
    ] = "now",
    follow: Annotated[bool, typer.Option(help="Wait for more; else end with what there is.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON record a line, as in the log.")] = False,
) -> None:
    """Print events, one line each: when, where, whose, what, of which stream."""
    chosen = frozenset(filter(None, (name.strip() for name in types.split(","))))
    if unknown := chosen - set(EVENTS):
        wrong_use(f"there is no event {sorted(unknown)[0]}", f"--types takes {', '.join(sorted(EVENTS))}")
    begin = _begin(start, tenant)
    try:
        asyncio.run(_tail(begin, tenant, chosen, follow, as_json))
    except KeyboardInterrupt:
        complaints.print()
    except KafkaConnectionError:
        not_there(f"no Kafka answers at {settings().kafka}", "slotkeeper up, or slotkeeper status")
    except (OSError, asyncpg.PostgresError):
        not_there("the log's database does not answer", "slotkeeper up, or slotkeeper status")
    next_step("slotkeeper tail --from POSITION goes on after an event; slotkeeper replay takes them elsewhere")


def _begin(start: str, tenant: str | None) -> dict[int, int | None]:
    """After which position of each partition (None: its end now); where a position is given, of its partition only."""
    parts = [part_of(tenant, settings().partitions)] if tenant else list(range(settings().partitions))
    if start in ("now", "beginning"):
        return dict.fromkeys(parts, None if start == "now" else 0)
    part, dot, pos = start.partition(".")
    if not (dot and part.isdecimal() and pos.isdecimal()):
        wrong_use(f"{start!r} is no position", "--from 7.48213, or beginning, or now")
    if int(part) not in parts:
        wrong_use(f"{start} is in another partition than {tenant or 'any that there is'}", "slotkeeper partitions list")
    return {int(part): int(pos)}


async def _tail(
    begin: dict[int, int | None], tenant: str | None, types: frozenset[str], follow: bool, as_json: bool
) -> None:
    log = await PostgresLog.open(settings().databases, writer=False)
    try:
        async with _bell(list(begin), follow) as rings:
            heads = await log.heads()
            at = {part: heads[part].position if pos is None else pos for part, pos in begin.items() if part in heads}
            for part in at:
                at[part] = await _tell(log, part, at[part], tenant, types, as_json)
            async for part in rings:
                at[part] = await _tell(log, part, at[part], tenant, types, as_json)
    finally:
        await log.close()


async def _tell(log: LogReader, part: int, after: int, tenant: str | None, types: frozenset[str], as_json: bool) -> int:
    """Prints all there is after a position; the position it came to."""
    while pages := await log.read(part, after, limit=PAGE, tenant=tenant):
        for page in pages:
            if not types or page.type in types:
                print(_line(page, as_json), flush=True)
        after = pages[-1].pos
    return after


def _line(page: Page, as_json: bool) -> str:
    if as_json:
        return page.state.decode()
    record: Record = decode(page.state)
    when = record.decided_at.isoformat(timespec="milliseconds")
    return f"{when}  {record.position:<10} {record.tenant:<16} {record.type:<24} {record.stream}"


@asynccontextmanager
async def _bell(parts: list[int], follow: bool) -> AsyncIterator[AsyncIterator[int]]:
    """Partitions of which there is more, as Kafka tells; listening begins before anything is read from the log."""
    if not follow:
        yield _silence()
        return
    consumer = AIOKafkaConsumer(bootstrap_servers=settings().kafka, enable_auto_commit=False)
    try:
        await consumer.start()
        places = [TopicPartition(settings().topics.events, part) for part in parts]
        consumer.assign(places)
        await consumer.seek_to_end(*places)
        for place in places:
            await consumer.position(place)
        yield _rings(consumer)
    finally:
        await consumer.stop()


async def _rings(consumer: AIOKafkaConsumer) -> AsyncIterator[int]:
    while True:
        for place in await consumer.getmany(timeout_ms=1000):
            yield place.partition


async def _silence() -> AsyncIterator[int]:
    return
    yield
