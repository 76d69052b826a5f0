"""Bodies made clear: personal members opened when a body is sent, never before, so that an erased person's are blank.

Keys are read again for each batch that is sent: an erasure is obeyed by every process with its commit, and nothing has
to be told.
"""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from contracts.public_events import PublicEvent, encode
from eventlog.log import LogReader
from eventlog.vault import TENANT, Vault, sealed_subjects, unseal_json
from webhook.queue import Claimed

_decode = msgspec.json.Decoder(PublicEvent).decode


class Clear:
    """Makes the bodies of a batch."""

    def __init__(self, log: LogReader, master_key: bytes) -> None:
        self._log, self._master_key = log, master_key

    async def bodies(self, batch: Sequence[Claimed]) -> list[bytes]:
        """What is to be sent, in the batch's order; one look-up of keys for each partition."""
        events = [_decode(one.event) for one in batch]
        vault = await self._vault(batch, events)
        return [_body(one, _clear(vault, one.tenant, event)) for one, event in zip(batch, events, strict=True)]

    async def _vault(self, batch: Sequence[Claimed], events: Sequence[PublicEvent]) -> Vault:
        wanted: dict[int, set[tuple[str, str]]] = {}
        for one, event in zip(batch, events, strict=True):
            if subjects := sealed_subjects(event.data) | sealed_subjects(event.previous):
                keys = {(one.tenant, subject) for subject in (TENANT, *subjects)}
                wanted.setdefault(one.part, set()).update(keys)
        vault = Vault(self._master_key)
        for part, keys in wanted.items():
            vault.learn(part, await self._log.keys(part, keys))
        return vault


def _clear(vault: Vault, tenant: str, event: PublicEvent) -> PublicEvent:
    data, previous = unseal_json(vault, tenant, event.data), unseal_json(vault, tenant, event.previous)
    return replace(event, data=data, previous=previous)


def _body(one: Claimed, event: PublicEvent) -> bytes:
    return encode(event, previous_sequence=one.previous_sequence, gap=one.gap)
