"""`replay`: a range of the log into a file, a topic of its own or a webhook; durable, never into the live topics."""

import asyncio
import hashlib
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from cli.exits import complaints, console, next_step, wrong_use
from cli.gateway import Refused
from cli.webhook_replays import replay_into
from eventlog.postgres import PostgresLog
from kit.settings import settings
from local.home import main_home
from streams.replay import BadBound, FileSink, Replay, Sink, TopicSink, kept_ranges, resolve

app = typer.Typer()

WEBHOOK = "webhook:"
HELP = "slotkeeper replay --help"


@app.command()
def replay(
    start: Annotated[str, typer.Option("--from", help="beginning, now, an instant or, with --tenant, a position.")],
    into: Annotated[str, typer.Option(help="A file (has a dot or slash), a topic, or webhook:ENDPOINT.")],
    end: Annotated[str, typer.Option("--to", help="As --from.")] = "now",
    types: Annotated[str, typer.Option(help="Only these, with commas: event types; for a webhook public types.")] = "",
    tenant: Annotated[str | None, typer.Option(help="Only this tenant's events.")] = None,
    speed: Annotated[float, typer.Option(min=0, help="Times the pace of the decisions; 0: as fast as it goes.")] = 0,
) -> None:
    """Replay a range of the log; killed and called again with the same words, it goes on."""
    chosen = frozenset(filter(None, types.split(",")))
    if into.startswith(WEBHOOK):
        _into_webhook(start, end, into, chosen, tenant, speed)
        return
    try:
        done = asyncio.run(_replay(start, end, into, chosen, tenant, speed))
    except BadBound as bad:
        wrong_use(str(bad), HELP)
    console.print(f"{done:,} events replayed into {into}")
    next_step(f"head -1 {into}" if is_file(into) else "read the topic with any Kafka client")


def _into_webhook(
    start: str, end: str, into: str, types: frozenset[str], tenant: str | None, speed: float
) -> None:  # fmt: skip
    if tenant is None or speed:
        wrong_use("a webhook is a tenant's, and is sent to at its own rate: name --tenant, no --speed", HELP)
    endpoint = into.removeprefix(WEBHOOK)
    wanted = {"endpoint_id": endpoint, "from": start, "to": end, "types": sorted(types)}
    kept = _progress_file(f"{start}\0{end}\0{into}\0{sorted(types)}\0{tenant}").with_suffix(".job")
    try:
        done = replay_into(tenant, wanted, kept)
    except Refused as refused:
        wrong_use(str(refused), HELP)
    console.print(f"{done:,} deliveries sent again to {endpoint}")
    next_step("its attempts: GET /v1/webhooks/attempts?endpoint_id=" + endpoint)


def is_file(into: str) -> bool:
    return "/" in into or Path(into).suffix in {".ndjson", ".json", ".jsonl", ".log"}


async def _replay(
    start: str, end: str, into: str, types: frozenset[str], tenant: str | None, speed: float
) -> int:  # fmt: skip
    log = await PostgresLog.open(settings().databases, writer=False)
    try:
        words = f"{start}\0{end}\0{into}\0{sorted(types)}\0{tenant}"
        progress_file = _progress_file(words)
        ranges = kept_ranges(progress_file) or await resolve(log, start, end, tenant, settings().partitions)
        with Progress(console=complaints, transient=True) as progress:
            task = progress.add_task(f"into {into}")
            told = lambda at: progress.update(task, completed=at)  # noqa: E731
            one = Replay(log, _sink(into), ranges, progress_file, types, tenant, speed, told)
            progress.update(task, total=one.total)
            done = await one.run()
        progress_file.unlink(missing_ok=True)
        return done
    finally:
        await log.close()


def _sink(into: str) -> Sink:
    if is_file(into):
        return FileSink(Path(into))
    return TopicSink(settings().kafka, into, settings().topics, settings().partitions)


def _progress_file(words: str) -> Path:
    folder = main_home().folder / "replays"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{hashlib.sha256(words.encode()).hexdigest()[:16]}.json"
