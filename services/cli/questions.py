"""The operator's questions: `explain` (why not?) and `as-of` (what was true then?)."""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from rich.table import Table

from cli.exits import check_failed, console, next_step, wrong_use
from cli.gateway import Gateway, Refused

app = typer.Typer()

Tenant = Annotated[str, typer.Option(help="Whose diary.")]
Service = Annotated[str, typer.Option(help="The service asked for.")]
Resource = Annotated[list[str] | None, typer.Option(help="Only this resource; may be repeated.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _ask(tenant: str, path: str, query: Mapping[str, str | list[str]]) -> Any:
    async def asking() -> Any:
        async with Gateway(tenant) as gateway:
            return await gateway.get(path, **query)

    try:
        return asyncio.run(asking())
    except Refused as refused:
        wrong_use(str(refused), "slotkeeper tenants list, or the command's --help")


@app.command()
def explain(
    slot: Annotated[str, typer.Argument(help="The start: an instant with offset, such as 2027-03-02T10:00:00-05:00.")],
    tenant: Tenant,
    service: Service,
    resource: Annotated[str | None, typer.Option(help="For this resource.")] = None,
    as_json: Json = False,
) -> None:
    """Why a start can or cannot be booked: every fact against it, with its event. Exit 1 when it cannot."""
    query = {"service_id": service, "start": slot} | ({"resource_id": resource} if resource else {})
    found = _ask(tenant, "/v1/availability/explain", query)
    if as_json:
        console.print_json(json.dumps(found))
    elif found["offered"]:
        console.print(f"[green]free[/green] at position {found['position']}: it can be booked")
    else:
        _show_blockers(found["blockers"])
    if not found["offered"]:
        check_failed(
            f"not bookable at position {found['position']}", "slotkeeper as-of POSITION, for what was true before"
        )
    next_step("book it: POST /v1/appointments, or slotkeeper send FILE")


def _show_blockers(blockers: list[dict[str, Any]]) -> None:
    table = Table("reason", "resource", "what", "event", box=None)
    for one in blockers:
        table.add_row(one["reason"], one["resource_id"] or "", one["text"], one["event_id"] or "")
    console.print(table)


@app.command("as-of")
def as_of(
    when: Annotated[str, typer.Argument(help="An instant with offset, a position, or position@instant.")],
    tenant: Tenant,
    service: Service,
    day: Annotated[str, typer.Option(help="The first local date, such as 2027-03-02.")],
    days: Annotated[int, typer.Option(min=1, max=92, help="How many days.")] = 1,
    resource: Resource = None,
    as_json: Json = False,
) -> None:
    """What was offered then: the same answer, byte for byte, that was given at that position and instant."""
    try:
        last = (datetime.fromisoformat(day) + timedelta(days=days)).date().isoformat()
    except ValueError:
        wrong_use(f"{day!r} is no date", "--day 2027-03-02")
    query: dict[str, str | list[str]] = {"service_id": service, "from": day, "to": last, "as_of": when}
    if resource:
        query["resource_id"] = resource
    found = _ask(tenant, "/v1/availability", query)
    if as_json:
        console.print_json(json.dumps(found))
    else:
        console.print(f"true at position {found['position']}, {found['now']}: {len(found['slots'])} starts")
        for slot in found["slots"]:
            people = ", ".join("+".join(candidate) for candidate in slot["candidates"])
            console.print(f"  {slot['local_start']}  {people}", markup=False)
    next_step("slotkeeper explain SLOT")
