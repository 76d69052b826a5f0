"""The post: a sweeper for each channel, so that a mail server which hangs delays no text message and no webhook."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from kit.settings import Settings
from notification.channels.opening import open_channels
from notification.rows import EMAIL, SMS, WEBHOOK
from notification.sending.carriers import ToEndpoints, ToPeople
from notification.sending.office import Office
from notification.sending.sweeper import Sweeper, release
from streams.outlet import Outlet

NOTICES = 100
"""Notices handed over at once."""


@asynccontextmanager
async def post(office: Office, settings: Settings) -> AsyncIterator[None]:
    """Sends what is due while it is open. With no `notification_seconds` nothing is sent."""
    if (seconds := settings.notification_seconds) is None:
        yield
        return
    async with AsyncExitStack() as stack:
        channels = open_channels(settings)
        for channel in set(channels.values()):
            stack.push_async_callback(channel.close)
        outlet = Outlet(settings.kafka)
        stack.push_async_callback(outlet.close)
        size = settings.notification_wave
        sweepers = [
            Sweeper(office, EMAIL, ToPeople(office, channels["email"]), size=size, seconds=seconds),
            Sweeper(office, SMS, ToPeople(office, channels["sms"]), size=size, seconds=seconds),
            Sweeper(
                office, WEBHOOK, ToEndpoints(outlet, settings.topics.notices, settings.partitions),
                size=NOTICES, seconds=seconds,
            ),
        ]  # fmt: skip
        await release(office)
        for sweeper in sweepers:
            sweeper.start()
            stack.push_async_callback(sweeper.stop)
        yield
