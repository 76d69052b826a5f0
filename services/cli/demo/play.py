"""The play, act by act: a clinic's quarter, seen from the front desk, with a crash in the middle.

Each act returns what it found, checks it, and prints it for a person. The first thing that is not as promised raises.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from cli.demo.clinic import supply
from cli.demo.diary import ZONE, Planned, Quarter
from cli.demo.door import Door, Unexpected
from cli.demo.upstream import Upstream

BOOKINGS = 1_000
QUIET = 60.0
"""Seconds without a single outcome after which something is wrong."""


class Stack(Protocol):
    """What the play does to the stack."""

    async def kill_booking(self) -> int:
        """`kill -9`; returns the process id that died."""
        ...

    async def start_booking(self) -> None: ...


@dataclass(slots=True)
class Play:
    """The stage: where the clinic lives and who plays."""

    console: Console
    door: Door
    upstream: Upstream
    stack: Stack
    seed: int

    async def set_up(self) -> None:
        """Act 1: the clinic's supply, over HTTP."""
        puts = supply()
        for path, body in puts:
            await self.door.ask("PUT", path, body)
        self.console.print(
            f"  {len(puts)} definitions over HTTP: 2 locations, 4 services, 5 staff, 3 rooms, their hours."
        )

    async def offered(self, label: str) -> int:
        """Starts of a check-up on the next working day, for anybody."""
        day = next_working_day()
        query = {"service_id": "check-up", "from": day, "to": following(day), "tz": ZONE}
        answer = await self.door.ask("GET", "/v1/availability", query=query)
        starts, people = answer["slots"], sum(len(slot["candidates"]) for slot in answer["slots"])
        first = f", the first at {starts[0]['local_start'][11:16]}" if starts else ""
        self.console.print(f"  {label}: {len(starts)} starts on {day}, {people} times somebody is free{first}.")
        return people

    async def quarter(self) -> None:
        """Act 2: some thousands of commands on Kafka, and booking killed in the middle."""
        today = datetime.now(ZoneInfo(ZONE)).date()
        commands = list(Quarter(self.seed, today, BOOKINGS, self.upstream.tenant).commands())
        ready = asyncio.Event()
        listener = asyncio.create_task(self.upstream.listen(ready))
        await asyncio.wait_for(ready.wait(), 30)
        try:
            with Progress(console=self.console, transient=True) as progress:
                await self._send_and_wait(commands, progress)
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)
        self.door.seen = self.upstream.position
        self._told(commands)

    async def _send_and_wait(self, commands: list[Planned], progress: Progress) -> None:
        decided = progress.add_task("  commands decided", total=len(commands))
        half = len(commands) // 2
        await self.upstream.publish(commands[:half], lambda count: None)
        while len(self.upstream.waiting) > half // 2:
            await asyncio.sleep(0.02)
            progress.update(decided, completed=half - len(self.upstream.waiting))
        died = await self.stack.kill_booking()
        progress.console.print(
            f"  [red]kill -9[/red] booking (process {died}) with {len(self.upstream.waiting)} commands under way"
        )
        await self.upstream.publish(commands[half:], lambda count: None)
        await self.stack.start_booking()
        await self.upstream.settled(QUIET, lambda left: progress.update(decided, completed=len(commands) - left))

    def _told(self, commands: list[Planned]) -> None:
        table = Table("outcome", "commands", title="A quarter at the front desk", title_justify="left")
        for result, count in self.upstream.results.most_common():
            table.add_row(result, str(count))
        self.console.print(table)
        total = sum(self.upstream.results.values())
        if total != len(commands):
            raise Unexpected(f"{len(commands)} commands were published and {total} outcomes came")
        self.console.print(
            f"  {len(commands)} commands, {total} outcomes: none lost in the crash, none answered twice."
        )

    async def double_booking(self) -> None:
        """Act 3: two people want one slot; the second is told what stands against it."""
        start = await self._free_start("check-up", resource="ann")
        await self.door.ask("POST", "/v1/appointments", booking(start, "Ada Adams"))
        refusal = await self.door.ask("POST", "/v1/appointments", booking(start, "Bo Berg"), expect=409)
        blocker = refusal["blockers"][0]
        self.console.print(f"  Ada Adams has {start[:16]} with Dr. Ann Lee. Bo Berg asks for the same:")
        self.console.print(
            f"  [yellow]{refusal['code']}[/yellow]: {refusal['detail']} (blocked by {blocker['event_id']})"
        )
        query = {"service_id": "check-up", "start": start, "resource_id": "ann"}
        seen = await self.door.ask("GET", "/v1/availability/explain", query=query)
        if seen["offered"] or seen["blockers"][0]["event_id"] != blocker["event_id"]:
            raise Unexpected(f"explain names another blocker: {seen}")
        self.console.print(f"  explain says the same: {seen['blockers'][0]['text']}")

    async def hold_that_expires(self) -> None:
        """Act 4: a slot kept for two seconds, refused to a rival, then free by the clock alone."""
        start = await self._free_start("walk-in", resource="eli", location="desk")
        wish = {"service_id": "walk-in", "start": start, "resources": ["eli"], "location_id": "desk"}
        held = await self.door.ask("POST", "/v1/holds", wish | {"owner": "basket-1"})
        rival = await self.door.ask("POST", "/v1/holds", wish | {"owner": "basket-2"}, expect=409)
        until = datetime.fromisoformat(held["appointment"]["hold"]["expires_at"])
        self.console.print(f"  basket-1 holds {start[:16]} until {until:%H:%M:%S}; basket-2 hears {rival['code']}.")
        await asyncio.sleep(max(0.0, (until - datetime.now(UTC)).total_seconds()) + 0.05)
        await self.door.ask("POST", "/v1/holds", wish | {"owner": "basket-2"})
        mine = {"owner": "basket-1"}
        first = await self.door.ask("GET", f"/v1/holds/{held['appointment']['id']}", query=mine)
        if first["status"] != "expired":
            raise Unexpected(f"the first hold is {first['status']}, not expired")
        self.console.print("  After that instant the slot is basket-2's, and the first hold reads as expired.")

    async def _free_start(self, service: str, *, resource: str, location: str = "main") -> str:
        day = next_working_day()
        reach = {"from": day, "to": following(day, 14), "tz": ZONE}
        query = reach | {"service_id": service, "resource_id": resource, "location_id": location}
        answer = await self.door.ask("GET", "/v1/availability", query=query)
        start: str = answer["slots"][0]["local_start"]
        return start


def booking(start: str, name: str) -> dict[str, Any]:
    email = f"{name.lower().replace(' ', '.')}@example.com"
    return {
        "service_id": "check-up",
        "start": start,
        "resources": ["ann"],
        "customer": {"name": name, "email": email},
    }


def next_working_day() -> str:
    """The first weekday after today, in the clinic's zone."""
    day = datetime.now(ZoneInfo(ZONE)).date() + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day.isoformat()


def following(day: str, days: int = 1) -> str:
    return (datetime.fromisoformat(day) + timedelta(days=days)).date().isoformat()
