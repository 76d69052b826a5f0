"""`verify`: proves P1 and P3 over the whole log, and that diary and read model are its folds (P5)."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from cli.exits import check_failed, complaints, console, next_step
from cli.gateway import Gateway, Refused
from contracts.routing import part_of
from eventlog.diary import Diaries, Difference, compare, records
from eventlog.log import LogReader
from eventlog.postgres import PostgresLog
from eventlog.proof import Proof
from kit.settings import settings

app = typer.Typer()


class Violated(Exception):
    """The proof failed: the first thing that is wrong, and where."""

    def __init__(self, violation: Mapping[str, str]) -> None:
        super().__init__(f"{violation['promise']} at {violation['position']}: {violation['text']}")


@app.command()
def verify(
    tenant: Annotated[str | None, typer.Option(help="Only this tenant's partition.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Prove over the whole log: no double booking, no hole, and every fold of it as it must be."""
    found = asyncio.run(_verify(tenant))
    if as_json:
        console.print_json(json.dumps(found))
    else:
        _show(found, console)
    if found["violation"]:
        check_failed(str(Violated(found["violation"])), "slotkeeper tail --from, a few positions earlier")
    next_step("slotkeeper as-of, to see what was true at any position")


async def prove(where: Console) -> None:
    """The whole proof, shown on `where`. Raises `Violated`."""
    found = await _verify(None)
    _show(found, where)
    if found["violation"]:
        raise Violated(found["violation"])


async def _verify(tenant: str | None) -> dict[str, Any]:
    log = await PostgresLog.open(settings().databases, writer=False)
    proof = Proof()
    try:
        heads = await log.heads()
        parts = [part_of(tenant, settings().partitions)] if tenant else sorted(heads)
        ends = {part: heads[part].position for part in parts if part in heads}
        difference = await _walk(log, ends, proof)
    finally:
        await log.close()
    found: dict[str, Any] = {"checked": asdict(proof.counts) | {"partitions": len(ends)}, "violation": None}
    if proof.violation:
        found["violation"] = proof.violation._asdict()
    elif difference:
        found["violation"] = _told(difference)
    else:
        found |= await _read_models()
    return found


async def _walk(log: LogReader, ends: dict[int, int], proof: Proof) -> Difference | None:
    """Every record once, for the proof and for the diary; stops at the first thing that is wrong."""
    with Progress(console=complaints, transient=True) as progress:
        task = progress.add_task("records", total=sum(ends.values()))
        for part, end in ends.items():
            diaries = Diaries()
            async for record in records(log, part, end):
                diaries.feed(record)
                progress.advance(task)
                if proof.feed(record):
                    return None
            difference = await _diary(log, part, end, diaries)
            if difference:
                return difference
    return None


async def _diary(log: LogReader, part: int, end: int, diaries: Diaries) -> Difference | None:
    """Compared only at a head that stands still meanwhile; while it moves, what was written since is folded first."""
    while True:
        difference = await compare(settings().databases, part, diaries.rows())
        now = (await log.heads())[part].position
        if now == end:
            return difference if difference.missing or difference.surplus else None
        async for record in records(log, part, now, after=end):
            diaries.feed(record)
        end = now


def _told(difference: Difference) -> dict[str, str]:
    kind, row = ("lacks", difference.missing[0]) if difference.missing else ("has besides", difference.surplus[0])
    text = f"the diary {kind} {row.stream} on {row.resource_id} ({row.event_id}); repair: slotkeeper rebuild diary"
    return {"promise": "P1", "position": f"{difference.part}.…", "text": text}


async def _read_models() -> dict[str, Any]:
    """P5: the availability read model, folded again beside the live one and compared by hash."""
    async with Gateway() as gateway:
        try:
            rebuilt = await gateway.rebuild("availability", dry_run=True)
        except Refused as refused:
            return {"violation": {"promise": "P5", "position": "", "text": str(refused)}}
    violation = None
    if rebuilt["drifted"]:
        text = (
            f"{rebuilt['drifted']} differ, the first is {rebuilt['drift'][0]}; repair: slotkeeper rebuild availability"
        )
        violation = {"promise": "P5", "position": "", "text": text}
    return {"read_model": {"name": "availability", "hash": rebuilt["hash"]}, "violation": violation}


def _show(found: dict[str, Any], where: Console) -> None:
    counts = found["checked"]
    where.print(
        f"  {counts['records']:,} records of {counts['streams']:,} streams in {counts['partitions']} partitions"
    )
    where.print(
        f"  {counts['appointments']:,} appointments, {counts['pairs']:,} pairs of intervals held against each other"
    )
    if counts["sessions"]:
        where.print(f"  {counts['seats']:,} seats of {counts['sessions']:,} sessions, counted twice")
    if found["violation"]:
        return
    overrides = f", {counts['overrides']} recorded overrides" if counts["overrides"] else ""
    where.print(f"  [green]P1[/green] no double booking{overrides}")
    where.print("  [green]P3[/green] positions and versions are dense; the diary is the fold of the log")
    where.print(f"  [green]P5[/green] the read model made from nothing has the hash {found['read_model']['hash'][:16]}")
