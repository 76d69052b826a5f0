"""`send`: a file of commands to Kafka, with progress; outcomes summed up, rejects written beside the input."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from aiokafka.errors import KafkaConnectionError
from rich.progress import Progress
from rich.table import Table

from cli.courier import Courier
from cli.exits import check_failed, complaints, console, next_step, not_there, wrong_use
from cli.lines import Line, Rejected, read
from kit.settings import settings

app = typer.Typer()


@dataclass(slots=True)
class Summary:
    """What became of the lines."""

    results: Counter[str] = field(default_factory=Counter)
    rejects: list[Rejected] = field(default_factory=list)

    def hear(self, line: Line, outcome: dict[str, Any]) -> None:
        if outcome["result"] == "accepted":
            self.results["accepted"] += 1
            return
        item = {"id": line.id, "type": line.type, "data": line.data, "import": line.imported}
        self.reject(Rejected(line.number, item, outcome["error"]))

    def reject(self, rejected: Rejected) -> None:
        self.results[rejected.error["code"]] += 1
        self.rejects.append(rejected)


@app.command()
def send(
    file: Annotated[Path, typer.Argument(help="NDJSON: {id, type, data} a line; or CSV with a heading.")],
    tenant: Annotated[str, typer.Option(help="Whose commands they are.")],
    source: Annotated[str, typer.Option(help="Where they come from; ids are unique within it.")] = "send",
    patience: Annotated[float, typer.Option(min=1, help="Seconds without any outcome after which to stop.")] = 60,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Send a file of commands to Kafka. The same file may be sent again: what was decided stays as it was decided."""
    summary = Summary()
    lines = _lines(file, summary)
    try:
        unanswered = asyncio.run(_send(lines, tenant, source, patience, summary))
    except KafkaConnectionError:
        not_there(f"no Kafka answers at {settings().kafka}", "slotkeeper up, or slotkeeper status")
    rejects = _write_rejects(file, summary.rejects)
    _show(summary, unanswered, rejects, as_json)
    if unanswered:
        check_failed(f"{unanswered:,} commands have no outcome yet", "slotkeeper status, then send the same file again")
    next_step(f"mend {rejects} and send it" if rejects else f"slotkeeper tail --tenant {tenant} --from beginning")


def _lines(file: Path, summary: Summary) -> list[Line]:
    """The lines that can be sent; the others are rejects."""
    try:
        found = list(read(file))
    except (OSError, UnicodeDecodeError) as unreadable:
        wrong_use(f"{file} cannot be read: {unreadable}", "slotkeeper send --help")
    for one in found:
        if isinstance(one, Rejected):
            summary.reject(one)
    return [one for one in found if isinstance(one, Line)]


async def _send(lines: Sequence[Line], tenant: str, source: str, patience: float, summary: Summary) -> int:
    """How many have no outcome."""
    with Progress(console=complaints, transient=True) as progress:
        task = progress.add_task("decided", total=len(lines))

        def told(line: Line, outcome: dict[str, Any]) -> None:
            summary.hear(line, outcome)
            progress.advance(task)

        async with Courier(settings(), tenant, source, told).on_duty() as courier:
            return await courier.take(lines, patience)


def _write_rejects(file: Path, rejects: Sequence[Rejected]) -> Path | None:
    """Beside the input, each with its line and reason; none: no file, and one of before goes."""
    beside = file.with_name(f"{file.name}.rejects.ndjson")
    if not rejects:
        beside.unlink(missing_ok=True)
        return None
    ordered = sorted(rejects, key=lambda one: one.number)
    beside.write_bytes(b"".join(orjson.dumps(_reject(one)) + b"\n" for one in ordered))
    return beside


def _reject(one: Rejected) -> dict[str, Any]:
    """Mended and sent it is another command, so it keeps its old id under another name."""
    members = dict(one.line) if isinstance(one.line, dict) else {"text": one.line}
    was = {"id_was": members.pop("id")} if "id" in members else {}
    return {**members, **was, "line": one.number, "error": one.error}


def _show(summary: Summary, unanswered: int, rejects: Path | None, as_json: bool) -> None:
    if as_json:
        told = {"results": dict(summary.results), "unanswered": unanswered, "rejects": rejects and str(rejects)}
        console.print_json(json.dumps(told))
        return
    table = Table("outcome", "commands", box=None)
    for result, count in summary.results.most_common():
        table.add_row(result, f"{count:,}")
    console.print(table)
    if rejects:
        console.print(f"rejects: {rejects}", markup=False, soft_wrap=True)
