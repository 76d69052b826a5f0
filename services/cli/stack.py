"""`up`, `down`, `status`, `doctor`: the local stack."""

import json
import os
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from cli.exits import check_failed, complaints, console, next_step, not_there
from local import install, needs
from local.home import main_home
from local.needs import Finding
from local.progress import Say
from local.stack import PARTS, Part, Stack

app = typer.Typer()
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def up(
    only: Annotated[list[str] | None, typer.Option("--only", help=f"Only this part: {', '.join(PARTS)}.")] = None,
) -> None:
    """Start Kafka, PostgreSQL and the services; what runs already is left alone."""
    if unknown := set(only or ()) - set(PARTS):
        raise typer.BadParameter(f"no such part: {', '.join(sorted(unknown))}", param_hint="--only")
    meet_needs()
    stack = Stack()
    stack.start(only or PARTS)
    _show(stack.status())
    next_step(f"slotkeeper status, or open {stack.url('gateway')}/docs (the interface) or /console (webhooks)")


@app.command()
def down() -> None:
    """End what `up` started, and nothing else."""
    stopped = Stack().stop()
    console.print(f"stopped: {', '.join(stopped)}" if stopped else "nothing was running")
    next_step("slotkeeper up")


@app.command()
def status(as_json: Json = False) -> None:
    """Which parts of the local stack run, where, and what hinders them."""
    parts = Stack().status()
    if as_json:
        console.print_json(json.dumps([asdict(part) for part in parts]))
    else:
        _show(parts)
    if away := [part.name for part in parts if not part.ready]:
        not_there(f"not there: {', '.join(away)}", "slotkeeper up, or read the logs named above")
    next_step("slotkeeper tail")


@app.command()
def doctor(
    as_json: Json = False,
    cure: Annotated[bool, typer.Option("--install", help="Install what is missing (root, apt-get).")] = False,
) -> None:
    """What the machine lacks, and how to get it; what only the tests need is told apart."""
    found = needs.all_findings(main_home())
    if cure and _unmet(found):
        _install(_unmet(found))
        found = needs.all_findings(main_home())
    if as_json:
        console.print_json(json.dumps([asdict(finding) for finding in found]))
    else:
        _show_findings(found)
    if unmet := [finding for finding in _unmet(found) if not finding.for_tests]:
        check_failed(f"missing: {', '.join(finding.need for finding in unmet)}", unmet[0].get)
    next_step("slotkeeper up")


def meet_needs() -> None:
    """Nothing is missing, or it is installed now, or the command ends naming it."""
    unmet = _unmet(needs.findings(main_home()))
    if unmet and install.possible():
        _install(unmet)
        unmet = _unmet(needs.findings(main_home()))
    if unmet:
        _show_findings(unmet)
        not_there(f"missing: {', '.join(finding.need for finding in unmet)}", unmet[0].get)


def _install(unmet: list[Finding]) -> None:
    wanted = [finding for finding in unmet if finding.installable]
    if wanted and not install.possible():
        check_failed("only root can install, and only with apt-get", wanted[0].get)
    if wanted:
        install.install(wanted, Say(complaints))


def _unmet(found: list[Finding]) -> list[Finding]:
    return [finding for finding in found if not finding.met]


def _show(parts: list[Part]) -> None:
    table = Table("part", "", "where", "pid", "log", box=None)
    for part in parts:
        log = os.path.relpath(part.log)
        table.add_row(part.name, _state(part), part.where, str(part.pid or ""), log)
    console.print(table)
    for part in parts:
        if part.hindrance:
            console.print(f"{part.name}: {part.hindrance}", markup=False)


def _state(part: Part) -> str:
    if part.ready:
        return "[green]ready[/green]"
    return "[yellow]not ready[/yellow]" if part.running else "[red]down[/red]"


def _show_findings(found: list[Finding]) -> None:
    for finding in found:
        mark = "[green]✓[/green]" if finding.met else "[yellow]·[/yellow]" if finding.for_tests else "[red]✗[/red]"
        need = f"{finding.need} (for the tests only)" if finding.for_tests else finding.need
        console.print(f"{mark} {need}: {finding.found}" + ("" if finding.met else f" → {finding.get}"))
