"""`slotkeeper demo`: starts the stack, plays the clinic's quarter through it, and says what to try next."""

import asyncio
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from cli.demo.door import Door, Unexpected
from cli.demo.edges import Edges
from cli.demo.play import Play
from cli.demo.upstream import Upstream
from cli.gateway import Gateway, Refused
from cli.local_settings import use_local_stack
from cli.proof import Violated, prove
from cli.stack import meet_needs
from kit.settings import settings
from local import mail
from local.stack import Stack

app = typer.Typer()
console = Console(highlight=False, width=110)


class LocalStack:
    """What the play does to the stack of this checkout."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    async def kill_booking(self) -> int:
        process = self._stack.pid("booking")
        if process is None or not await asyncio.to_thread(self._stack.stop_service, "booking", signal.SIGKILL):
            raise Unexpected("booking was not running")
        return process

    async def start_booking(self) -> None:
        await asyncio.to_thread(self._stack.start_service, "booking")


@app.command()
def demo(seed: Annotated[int, typer.Option(help="The same seed plays the same quarter.")] = 7) -> None:
    """A clinic's quarter through the doors that users have, with a crash in the middle."""
    began = time.perf_counter()
    meet_needs()
    stack = Stack()
    stack.start()
    use_local_stack(stack)
    try:
        asyncio.run(_play(stack, seed))
    except (Unexpected, Refused, Violated, TimeoutError) as failed:
        console.print(f"[red]demo: failed[/red]: {failed or type(failed).__name__}", soft_wrap=True)
        console.print("[dim]next:[/dim] slotkeeper status, then the logs it names")
        sys.exit(1)
    console.print(f"\nThe whole took {time.perf_counter() - began:.0f} s. The stack is still up. To try next:")
    for line in NEXT:
        console.print(f"  {line}", markup=False)
    console.print("demo: ok")


async def _play(stack: Stack, seed: int) -> None:
    tenant, key = await _tenant()
    console.print(f"The clinic is tenant [bold]{tenant}[/bold]; its quarter is drawn from seed {seed}.")
    upstream = Upstream(settings().kafka, settings().topics, settings().partitions, tenant)
    async with Door(settings().gateway_url, key) as door:
        play = Play(console, door, upstream, LocalStack(stack), seed)
        with act("The clinic opens"):
            await play.set_up()
            before = await play.offered("Before a single booking")
        with act("A quarter of commands on Kafka"):
            await play.quarter()
            after = await play.offered("After it")
            if after >= before:
                raise Unexpected(f"the quarter left as much free time as before: {before}, then {after}")
        with act("Two people, one slot"):
            await play.double_booking()
        with act("A hold that expires"):
            await play.hold_that_expires()
        edges = Edges(console, door, mail.folder(stack.home))
        with act("A subscriber's webhooks"):
            await edges.webhooks()
        with act("A mail, a calendar entry, a reminder"):
            await edges.mail()
        with act("The same clinic through Bookwell's API"):
            await edges.bookwell()
        with act("Somebody asks to be forgotten"):
            await edges.erase()
    with act("The read model, dropped and made again from the log"):
        await _rebuild()
    with act("The proof"):
        await prove(console)


async def _tenant() -> tuple[str, str]:
    """A new clinic each time, and a key of its own."""
    tenant = f"riverside-{datetime.now(UTC):%m%d-%H%M%S}"
    async with Gateway() as gateway:
        await gateway.ask("POST", "/ops/tenants", {"id": tenant, "name": "Riverside Clinic"})
        made = await gateway.ask("POST", "/ops/keys", {"tenant": tenant, "name": "demo"})
    return tenant, made["key"]


async def _rebuild() -> None:
    async with Gateway() as gateway:
        report = await gateway.rebuild("availability")
    if report["drifted"] or not report["switched"]:
        raise Unexpected(f"the new generation differs: {report['drift'][:3]}")
    rate = report["events"] / max(report["seconds"], 0.001)
    console.print(f"  {report['events']:,} events folded in {report['seconds']:.1f} s ({rate:,.0f}/s), then switched.")
    console.print(f"  Old and new generation have the same hash {report['hash'][:16]}.")


@contextmanager
def act(title: str) -> Iterator[None]:
    """A headline, and how long it took."""
    console.print(f"\n[bold]{title}[/bold]")
    began = time.perf_counter()
    yield
    console.print(f"  [dim]{time.perf_counter() - began:.1f} s[/dim]")


NEXT = (
    "slotkeeper tail --from beginning      every event, a line each",
    "slotkeeper mail                       what the clinic has written",
    "slotkeeper verify                     the proof again, over everything there is",
    "slotkeeper partitions list            who writes what, and how far it is",
    "make bench                            how fast, beside what else you could pick",
    "make down                             ends what was started",
)
