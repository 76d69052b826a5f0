"""availability as one process: events from Kafka into the read model, questions over HTTP, on one event loop."""

from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

import asyncpg
from fastapi import FastAPI, Request, Response
from faststream.kafka import KafkaBroker

from availability import api, api_classes, ops
from availability.sources import Sources
from availability.store import DiaryModel
from availability.watch import LAG, counting
from eventlog.log import LogReader, NotPlaced
from eventlog.postgres import PostgresLog
from eventlog.vault import Vault
from kit import problems, process, traced
from kit.clock import Clock, system_clock
from kit.health import Health, health_routes
from kit.logging import log as lines
from kit.settings import Settings
from projections import checkpoints as stored
from projections.checkpoints import open_pool
from projections.freshness import Freshness
from projections.projector import Projector
from projections.subscription import Subscription
from projections.watch import Watch
from streams.erasures import kept_closed

PORT = 8082
SCHEMA = "availability"
POOL = 8

UNREACHABLE: tuple[type[Exception], ...] = (
    OSError, NotPlaced, asyncpg.InterfaceError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError,
)  # fmt: skip
"""What a database says, or does not, while it restarts."""


def create_app(settings: Settings, *, clock: Clock = system_clock, log: LogReader | None = None) -> FastAPI:
    """The service. Tests may bring their own log and clock."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await _open(stack, app, settings, clock, log)
            yield

    return edge(settings.internal_key.get_secret_value(), lifespan)


def edge(internal_key: str, lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None) -> FastAPI:
    """The HTTP edge alone; `lifespan` gives it its `sources`."""
    app = FastAPI(title="Slotkeeper availability", version="1", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.internal_key = internal_key
    app.state.health = Health("database", "events")
    app.state.rebuilding = ops.Rebuilding()
    problems.install(app)
    app.add_exception_handler(problems.Problem, api.refused)
    for kind in UNREACHABLE:
        app.add_exception_handler(kind, _unreachable)
    app.include_router(api.routes)
    app.include_router(api_classes.routes)
    app.include_router(ops.routes)
    app.include_router(health_routes(app.state.health))
    traced.install(app)
    return app


async def _unreachable(request: Request, error: Exception) -> Response:
    """A database that does not answer, or holds no such partition, is not the caller's fault and may be over soon."""
    lines.error("request failed", path=request.url.path, exc_info=error)
    why = problems.Problem("not_caught_up", "The read model cannot be reached now.", headers={"Retry-After": "1"})
    return problems.problem_response(request, why)


async def _open(stack: AsyncExitStack, app: FastAPI, settings: Settings, clock: Clock, log: LogReader | None) -> None:
    """Connects everything; what is opened is closed in the opposite order."""
    if log is None:
        log = opened = await PostgresLog.open(settings.databases, writer=False)
        stack.push_async_callback(opened.close)
    pool = await open_pool(settings.database, SCHEMA, size=POOL)
    stack.push_async_callback(pool.close)
    vault = Vault(b64decode(settings.master_key.get_secret_value()))
    model = DiaryModel(erased=vault.erase)
    await stored.begin(pool, model.name, list(model.tables), settings.partitions)
    freshness = Freshness(lambda: stored.marks(pool, model.name))
    await freshness.refresh()
    app.state.sources = Sources(pool, log, vault, freshness, clock, settings.partitions)
    stack.push_async_callback(app.state.rebuilding.stop)
    projector = Projector(model, pool, log, freshness)
    broker = KafkaBroker(settings.kafka, apply_types=False, logger=None, client_id=f"availability-{settings.instance}")
    subscription = Subscription(
        broker,
        settings.topics.events,
        group=f"{settings.topic_prefix}.availability",
        instance=settings.instance,
        projector=projector,
    )
    watch = Watch(app.state.health, log, freshness, subscription, LAG, counting(freshness))
    closing = kept_closed(vault, settings.kafka, settings.topics.erasures, settings.partitions)
    await process.background(
        stack, freshness.watch(), projector.keep_up(lambda: subscription.parts), watch.run(), closing
    )
    await broker.start()
    stack.push_async_callback(broker.stop)


async def serve(settings: Settings) -> int:
    """Until a signal ends it."""
    return await process.serve(create_app(settings), host=settings.host, port=settings.port or PORT)
