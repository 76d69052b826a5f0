"""What operators do: `rebuild`, `partitions`, `dead`, `restore`."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import typer
from rich.progress import Progress
from rich.table import Table

from cli.exits import check_failed, complaints, console, next_step, wrong_use
from cli.gateway import Gateway, Refused
from eventlog import placement
from eventlog.diary import remake
from eventlog.postgres import PostgresLog
from eventlog.restore import Raised
from eventlog.restore import restore as restore_log
from kit.settings import settings
from streams.erasures import erasures
from streams.tail import tails

app = typer.Typer()
partitions_app = typer.Typer(name="partitions", no_args_is_help=True, help="Where the log's partitions live.")
dead_app = typer.Typer(name="dead", no_args_is_help=True, help="Commands that could not be read or decided.")
app.add_typer(partitions_app)
app.add_typer(dead_app)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
T = TypeVar("T")


def _asked(asking: Coroutine[Any, Any, T]) -> T:
    """Runs it; a refusal ends the command with 1 (the state forbids it) or 2 (the words were wrong)."""
    try:
        return asyncio.run(asking)
    except Refused as refused:
        if refused.status in (400, 404, 422):
            wrong_use(str(refused), "the command's --help")
        check_failed(str(refused), "slotkeeper status")


@app.command()
def rebuild(
    name: Annotated[str, typer.Argument(help="availability or diary.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Fold and compare, do not switch.")] = False,
    back: Annotated[bool, typer.Option("--back", help="Switch to the generation before.")] = False,
) -> None:
    """Fold a read model again from the beginning, compare it by hash with the live one, and switch."""
    if name == "diary":
        if dry_run or back:
            wrong_use("the diary has no generations", "slotkeeper verify compares it")
        rows = asyncio.run(_remake_diary())
        console.print(f"the diary of {len(rows)} partitions written anew: {sum(rows.values()):,} intervals")
        next_step("slotkeeper verify")
        return
    report = _asked(_rebuild(name, dry_run, back))
    _show_rebuilt(report)
    if dry_run and report["drifted"]:
        check_failed(f"{report['drifted']} differ from the live generation", f"slotkeeper rebuild {name}")
    next_step(f"slotkeeper rebuild {name} --back" if report["switched"] and not back else "slotkeeper verify")


async def _rebuild(name: str, dry_run: bool, back: bool) -> dict[str, Any]:
    with Progress(console=complaints, transient=True) as progress:
        task = progress.add_task(f"rebuild {name}", total=None)
        async with Gateway() as gateway:
            return await gateway.rebuild(
                name, dry_run=dry_run, back=back, told=lambda done, of: progress.update(task, completed=done, total=of)
            )


async def _remake_diary() -> dict[int, int]:
    log = await PostgresLog.open(settings().databases, writer=False)
    try:
        parts = sorted(await log.heads())
        with Progress(console=complaints, transient=True) as progress:
            return {part: await remake(settings().databases, log, part) for part in progress.track(parts)}
    finally:
        await log.close()


def _show_rebuilt(report: dict[str, Any]) -> None:
    what = f"{report['model']}: generation {report['generation']}"
    if report.get("events"):
        what += f", {report['events']:,} events in {report['seconds']:.1f} s"
    console.print(what + (", switched" if report["switched"] else ""))
    for thing in report["drift"]:
        console.print(f"  differs: {thing}", markup=False)
    if report.get("hash"):
        same = "the same as the live one" if not report["drifted"] else "not the live one's"
        console.print(f"hash {report['hash'][:16]}, {same}")


@partitions_app.command("list")
def list_partitions(as_json: Json = False) -> None:
    """Every partition: database, owner, position, lag."""
    items = _asked(_partitions())
    if as_json:
        console.print_json(json.dumps(items))
    else:
        table = Table("partition", "database", "position", "published", "owner", "lag", box=None)
        for item in items:
            owner, lag = str(item.get("owner") or ""), item.get("lag")
            placed = str(item["partition"]), item["database"], str(item["position"]), str(item.get("published", ""))
            table.add_row(*placed, owner, "" if lag is None else str(lag))
        console.print(table)
    next_step("slotkeeper partitions place PARTITION DATABASE")


async def _partitions() -> list[dict[str, Any]]:
    async with Gateway() as gateway:
        owners = {item["partition"]: item for item in (await gateway.get("/ops/partitions"))["items"]}
    places = [place for place in await placement.list_placements(settings().databases) if place.moved_to is None]
    return [owners.get(place.part, {"partition": place.part}) | {"database": place.database, "position": place.position}
            for place in places]  # fmt: skip


@partitions_app.command("place")
def place_partition(
    partition: Annotated[int, typer.Argument(min=0)], database: Annotated[str, typer.Argument(help="Its name.")]
) -> None:
    """Place a new partition in a database, or move one there; its owner is fenced meanwhile."""
    try:
        placed = asyncio.run(_place(partition, database))
    except placement.Misplaced as misplaced:
        wrong_use(str(misplaced), "slotkeeper partitions list")
    console.print(f"partition {placed.part} is in {placed.database} at position {placed.position}")
    next_step("slotkeeper partitions list")


async def _place(partition: int, database: str) -> placement.Placement:
    databases = settings().databases
    known = {place.part for place in await placement.list_placements(databases)}
    if partition in known:
        return await placement.move(databases, partition, database)
    return await placement.place(databases, partition, database)


@dead_app.command("list")
def list_dead(
    tenant: Annotated[str | None, typer.Option(help="Only this tenant's.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: Json = False,
) -> None:
    """Dead letters, the newest first."""
    letters = _asked(_dead(limit, tenant))
    if as_json:
        console.print_json(json.dumps(letters))
    else:
        table = Table("place", "at", "tenant", "type", "id", "code", "detail", box=None)
        for one in letters:
            place = f"{one['partition']}:{one['offset']}"
            table.add_row(place, one["at"], one["tenant"], one["type"], one["id"], one["code"], one["detail"])
        console.print(table if letters else "no dead letters")
    next_step("slotkeeper dead redrive PLACE")


async def _dead(limit: int, tenant: str | None) -> list[dict[str, Any]]:
    query = {"limit": str(limit)} | ({"tenant": tenant} if tenant else {})
    async with Gateway() as gateway:
        items: list[dict[str, Any]] = (await gateway.get("/ops/dead", **query))["items"]
        return items


@dead_app.command()
def redrive(place: Annotated[str, typer.Argument(help="partition:offset, as `dead list` shows it.")]) -> None:
    """Send a dead letter again, under a new id."""
    partition, _, offset = place.partition(":")
    if not (partition.isdigit() and offset.isdigit()):
        wrong_use(f"{place!r} is no place: partition:offset", "slotkeeper dead list")
    sent = _asked(_redrive(int(partition), int(offset)))
    console.print(f"sent again as {sent['command_id']}", markup=False)
    next_step("slotkeeper tail, or slotkeeper dead list if it fails again")


async def _redrive(partition: int, offset: int) -> Any:
    async with Gateway() as gateway:
        return await gateway.ask("POST", "/ops/dead/redrive", {"partition": partition, "offset": offset})


@app.command()
def restore() -> None:
    """After a backup was restored, and before any service starts: apply erasures, begin new eras where needed."""
    raised = asyncio.run(_restore())
    for one in raised:
        console.print(f"partition {one.part}: era {one.era} from position {one.from_pos}; {one.lost} events are void")
    if not raised:
        console.print("Kafka is nowhere ahead of the log: no new era is needed")
    next_step("slotkeeper up, then slotkeeper verify")


async def _restore() -> list[Raised]:
    topics, parts = settings().topics, range(settings().partitions)
    erased = await erasures(settings().kafka, topics.erasures, parts)
    ends = await tails(settings().kafka, topics.events, parts)
    return await restore_log(settings().databases, ends, erased, settings().partitions)
