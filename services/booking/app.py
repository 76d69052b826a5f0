"""booking as one process: its parts put together from the settings, the shift and HTTP on one event loop."""

import asyncio
import hmac
import signal
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta

import uvicorn
from fastapi import FastAPI

from booking.api import create_app
from booking.dead import DeadLetters
from booking.desk import Desk
from booking.ownership import Ownership, Superseded
from booking.shift import Shift, Tools
from booking.sweeper import Sweeper
from eventlog.log import Log
from eventlog.postgres import PostgresLog
from eventlog.vault import Vault
from kit.clock import Clock, system_clock
from kit.health import Health
from kit.logging import log as lines
from kit.settings import Settings
from streams.inlet import Inlet
from streams.outlet import Outlet

PORT = 8081
SUPERSEDED = 4
"""The exit code of a process that found a later start of its own instance at work."""


@dataclass(frozen=True, slots=True)
class Booking:
    """The parts of a running booking."""

    shift: Shift
    tools: Tools
    app: FastAPI


@asynccontextmanager
async def booking(settings: Settings, *, log: Log | None = None, clock: Clock = system_clock) -> AsyncIterator[Booking]:
    """Connects to the log; nothing is read or written until the shift runs. Tests may bring their own log and clock."""
    opened = None if log else await PostgresLog.open(settings.databases, writer=True)
    used = log or opened
    assert used is not None
    try:
        yield await _assemble(settings, used, clock)
    finally:
        if opened:
            await opened.close()


async def _assemble(settings: Settings, log: Log, clock: Clock) -> Booking:
    topics, master = settings.topics, b64decode(settings.master_key.get_secret_value())
    unknown_key = hmac.digest(master, b"bodies of unknown tenants", "sha256")
    group = f"{settings.topic_prefix}.booking"
    tools = Tools(
        kafka=settings.kafka,
        topics=topics,
        log=log,
        desk=Desk(log, Vault(master), partitions=settings.partitions, topic=topics.commands, unknown_key=unknown_key),
        inlet=Inlet(
            settings.kafka,
            topics.commands,
            group=group,
            instance=settings.instance,
            poll_records=settings.poll_records,
        ),
        outlet=Outlet(settings.kafka),
        ownership=Ownership(log, await log.new_owner(settings.instance), clock),
        sweeper=Sweeper(log, clock, settings.timer_seconds, timedelta(days=settings.inbox_days)),
        clock=clock,
        health=Health("partitions"),
    )
    app = create_app(
        log=log,
        ownership=tools.ownership,
        inlet=tools.inlet,
        dead=DeadLetters(settings.kafka, topics, tools.outlet, settings.partitions),
        health=tools.health,
        key=settings.internal_key.get_secret_value(),
        partitions=settings.partitions,
    )
    return Booking(Shift(tools), tools, app)


class _Server(uvicorn.Server):
    """Leaves signals to us: ended by one, the shift must still publish and store its offsets."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(settings: Settings) -> int:
    """Until a signal ends it, or it is superseded; the exit code."""
    async with booking(settings) as parts:
        server = _Server(
            uvicorn.Config(
                parts.app,
                host=settings.host,
                port=settings.port or PORT,
                log_config=None,
                access_log=False,
                lifespan="off",
            )
        )

        def end(*_: object) -> None:
            server.should_exit = True

        shift = asyncio.create_task(parts.shift.run())
        shift.add_done_callback(end)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, end)
        try:
            await server.serve()
        finally:
            parts.shift.end()
        return await _outcome(shift)


async def _outcome(shift: asyncio.Task[None]) -> int:
    try:
        await shift
    except Superseded as why:
        lines.error("superseded: this process ends", why=str(why))
        return SUPERSEDED
    return 0
