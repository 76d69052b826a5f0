"""The webhook service as one process: events become deliveries, deliveries requests, and its routes answer."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI
from faststream.kafka import KafkaBroker

from eventlog.postgres import PostgresLog
from kit import problems, process, traced
from kit.clock import Clock, system_clock
from kit.health import Health, health_routes
from kit.logging import log as lines
from kit.settings import Settings
from projections import checkpoints as stored
from projections.checkpoints import open_pool
from projections.freshness import Freshness
from projections.model import Mark
from projections.projector import Projector
from projections.subscription import Subscription
from projections.watch import Watch
from webhook import api, metrics, upkeep
from webhook.clear import Clear
from webhook.dispatch import Dispatcher
from webhook.events import NAME, Deliveries
from webhook.handed import Handed
from webhook.keyring import Keyring
from webhook.queue import Queue
from webhook.replays import Walks
from webhook.sending.poster import Poster
from webhook.sources import Sources
from webhook.watch import counting

PORT = 8083
SCHEMA = "webhook"
POOL = 8
REPLAN_SECONDS = 1.0
"""The queue is empty now and a million long a minute later: a plan that suits the one takes for ever in the other."""
WALK_SECONDS = 0.25
"""How often it is looked for something to walk."""


class Stirring(Freshness):
    """Freshness that tells of what was committed, so that new deliveries start at once."""

    stir: Callable[[], None] = staticmethod(lambda: None)

    async def tell(self, part: int, mark: Mark) -> None:
        await super().tell(part, mark)
        self.stir()


def create_app(settings: Settings, *, clock: Clock = system_clock) -> FastAPI:
    """The service. Tests may bring their own clock."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await _open(stack, app, settings, clock)
            yield

    return edge(settings, lifespan)


def edge(settings: Settings, lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None) -> FastAPI:
    """The HTTP edge alone; `lifespan` gives it its `sources`."""
    app = FastAPI(title="Slotkeeper webhooks", version="1", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.settings = settings
    app.state.health = Health("database", "events")
    problems.install(app)
    api.add_to(app)
    app.include_router(health_routes(app.state.health))
    traced.install(app)
    return app


async def _open(stack: AsyncExitStack, app: FastAPI, settings: Settings, clock: Clock) -> None:
    """Connects everything; what is opened is closed in the opposite order."""
    master_key = b64decode(settings.master_key.get_secret_value())
    log = await PostgresLog.open(settings.databases, writer=False)
    stack.push_async_callback(log.close)
    pool = await open_pool(settings.database, SCHEMA, size=POOL, replan=REPLAN_SECONDS)
    stack.push_async_callback(pool.close)
    await stored.begin(pool, NAME, [], settings.partitions)
    poster = await stack.enter_async_context(
        Poster(allow_loopback=settings.webhook_allow_loopback, ca_file=settings.webhook_ca_file)
    )
    ring = Keyring(master_key)
    queue = Queue(pool, settings.instance, margin=timedelta(seconds=settings.webhook_lease_seconds))
    dispatcher = Dispatcher(queue, poster, Clear(log, master_key), ring, clock, room=settings.webhook_room)
    app.state.sources = sources = Sources(pool, log, ring, poster, clock, settings.partitions, dispatcher.stir)
    freshness = Stirring(lambda: stored.marks(pool, NAME))
    freshness.stir = dispatcher.stir
    await freshness.refresh()
    projector = Projector(Deliveries(log, clock), pool, log, freshness)
    broker = KafkaBroker(settings.kafka, apply_types=False, logger=None, client_id=f"webhook-{settings.instance}")
    subscription = Subscription(
        broker,
        settings.topics.events,
        group=f"{settings.topic_prefix}.webhook",
        instance=settings.instance,
        projector=projector,
    )
    handed = Handed(sources, settings.kafka, settings.topics.notices)
    watch = Watch(app.state.health, log, freshness, subscription, metrics.LAG, counting(pool))
    await process.background(stack, dispatcher.run(), _walk(Walks(sources)), upkeep.run(pool, clock), handed.run())
    await process.background(stack, freshness.watch(), projector.keep_up(lambda: subscription.parts), watch.run())
    await broker.start()
    stack.push_async_callback(broker.stop)


async def _walk(walks: Walks) -> None:
    """Walks replays and endpoints that begin in the past, as long as the process."""
    while True:
        try:
            walked = await walks.step()
        except Exception as error:
            walked = False
            lines.error("not walked", exc_info=error)
        if not walked:
            await asyncio.sleep(WALK_SECONDS)


async def serve(settings: Settings) -> int:
    """Until a signal ends it."""
    return await process.serve(create_app(settings), host=settings.host, port=settings.port or PORT)
