"""Bodies at the moment they are sent: what is sealed is opened just then, and null where its owner was erased since."""

from collections.abc import Sequence

from msgspec.structs import replace

from contracts.public_events import PublicEvent
from contracts.routing import part_of
from eventlog.log import LogReader
from eventlog.vault import Vault, open_all


async def cleared(log: LogReader, vault: Vault, partitions: int, events: Sequence[PublicEvent]) -> list[PublicEvent]:
    """The events with personal members in clear; keys are asked for once a tenant."""
    sealed: dict[str, list[PublicEvent]] = {}
    for event in events:
        sealed.setdefault(event.tenant, []).append(event)
    opened = {tenant: iter(await _opened(log, vault, partitions, tenant, some)) for tenant, some in sealed.items()}
    return [next(opened[event.tenant]) for event in events]


async def _opened(
    log: LogReader, vault: Vault, partitions: int, tenant: str, events: Sequence[PublicEvent]
) -> list[PublicEvent]:
    members = [{"data": one.data, "previous": one.previous} for one in events]
    clear = await open_all(log, vault, part_of(tenant, partitions), tenant, members)
    return [replace(event, **each) for event, each in zip(events, clear, strict=True)]
