"""notification as one process: events from Kafka into rows, rows to channels, questions over HTTP, on one loop."""

from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import timedelta

import asyncpg
from fastapi import FastAPI, Request, Response
from faststream.kafka import KafkaBroker

from eventlog.log import LogReader, NotPlaced
from eventlog.postgres import PostgresLog
from eventlog.vault import Vault
from kit import problems, process, traced
from kit.clock import Clock, system_clock
from kit.health import Health, health_routes
from kit.logging import log as lines
from kit.settings import Settings
from notification import api, desk, templates_api, unsubscribing, upkeep
from notification.metrics import LAG
from notification.post import post
from notification.sending.office import Office
from notification.sources import Sources
from notification.stationery import OurStationery
from notification.store import SQL, NotificationModel
from notification.templates import Templates
from notification.watch import counting
from projections import checkpoints as stored
from projections.checkpoints import open_pool
from projections.freshness import Freshness
from projections.projector import Projector
from projections.subscription import Subscription
from projections.watch import Watch
from streams.erasures import kept_closed

PORT = 8084
SCHEMA = "notification"
POOL = 10

UNREACHABLE: tuple[type[Exception], ...] = (
    OSError, NotPlaced, asyncpg.InterfaceError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError,
)  # fmt: skip
"""What a database says, or does not, while it restarts."""


def create_app(settings: Settings, *, clock: Clock = system_clock) -> FastAPI:
    """The service."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await _open(stack, app, settings, clock)
            yield

    return edge(settings, lifespan)


def edge(settings: Settings, lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None) -> FastAPI:
    """The HTTP edge alone; `lifespan` gives it its `sources`, `templates` and `suppress`."""
    app = FastAPI(title="Slotkeeper notification", version="1", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.internal_key = settings.internal_key.get_secret_value()
    app.state.hold_notice = timedelta(seconds=settings.hold_notice_seconds)
    app.state.health = Health("database", "events")
    problems.install(app)
    for kind in UNREACHABLE:
        app.add_exception_handler(kind, _unreachable)
    for routes in (api.routes, api.operators, templates_api.routes, unsubscribing.routes):
        app.include_router(routes)
    app.include_router(health_routes(app.state.health))
    traced.install(app)
    return app


async def _unreachable(request: Request, error: Exception) -> Response:
    """A database that does not answer is not the caller's fault and may be over soon."""
    lines.error("request failed", path=request.url.path, exc_info=error)
    why = problems.Problem("not_caught_up", "Notifications cannot be reached now.", headers={"Retry-After": "1"})
    return problems.problem_response(request, why)


async def _open(stack: AsyncExitStack, app: FastAPI, settings: Settings, clock: Clock) -> None:
    """Connects everything; what is opened is closed in the opposite order."""
    log = await PostgresLog.open(settings.databases, writer=False)
    stack.push_async_callback(log.close)
    pool = await open_pool(settings.database, SCHEMA, size=POOL)
    stack.push_async_callback(pool.close)
    vault = Vault(b64decode(settings.master_key.get_secret_value()))
    model = NotificationModel(log, app.state.hold_notice)
    await begin(pool, log, clock, settings.partitions)
    freshness = Freshness(lambda: stored.marks(pool, model.name))
    await freshness.refresh()
    app.state.sources = sources = Sources(pool, log, vault, freshness, clock, settings.partitions)
    app.state.suppress = lambda tenant, key, why: desk.suppress_key(sources, tenant, key, why)
    app.state.templates = templates = Templates(pool)
    await templates.refresh()
    projector = Projector(model, pool, log, freshness)
    broker = KafkaBroker(settings.kafka, apply_types=False, logger=None, client_id=f"notification-{settings.instance}")
    subscription = Subscription(
        broker,
        settings.topics.events,
        group=f"{settings.topic_prefix}.notification",
        instance=settings.instance,
        projector=projector,
    )
    watch = Watch(app.state.health, log, freshness, subscription, LAG, counting(sources))
    closing = kept_closed(vault, settings.kafka, settings.topics.erasures, settings.partitions)
    keeping_up = projector.keep_up(lambda: subscription.parts)
    purging = upkeep.run(pool, clock, timedelta(days=settings.notification_days))
    await process.background(stack, freshness.watch(), keeping_up, watch.run(), templates.watch(), closing, purging)
    office = _office(settings, sources, templates)
    await stack.enter_async_context(post(office, settings))
    await broker.start()
    stack.push_async_callback(broker.stop)


async def begin(pool: asyncpg.Pool, log: LogReader, clock: Clock, partitions: int) -> None:
    """What the log holds at the very first start is history; every partition stands somewhere."""
    heads = await log.heads()
    await pool.execute(SQL["begin"], list(heads), [head.position for head in heads.values()], clock())
    await stored.begin(pool, NotificationModel.name, [], partitions)


def _office(settings: Settings, sources: Sources, templates: Templates) -> Office:
    return Office(
        pool=sources.pool,
        log=sources.log,
        vault=sources.vault,
        clock=sources.clock,
        instance=settings.instance,
        stationery=OurStationery(settings, templates, sources.vault.email_key),
        schedule=settings.mail_schedule_seconds,
    )


async def serve(settings: Settings) -> int:
    """Until a signal ends it."""
    return await process.serve(create_app(settings), host=settings.host, port=settings.port or PORT)
