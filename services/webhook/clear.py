"""Bodies made clear: personal members opened when a body is sent, never before, so that an erased person's are blank.

Keys are read again for each batch that is sent: an erasure is obeyed by every process with its commit, and nothing has
to be told.
"""

import re
from collections.abc import Sequence

import msgspec

from contracts.personal import Sealed
from contracts.public_events import PublicEvent, encode
from eventlog.log import LogReader
from eventlog.vault import TENANT, Vault, sealed_subjects
from kit.logging import log
from webhook.queue import Claimed

SEALED = re.compile(rb'\{"sealed":"([^"\\]+)"\}')
"""A sealed member as it stands in stored JSON. Inside of a text the quotes would be escaped."""

_decode = msgspec.json.Decoder(PublicEvent).decode


class Clear:
    """Makes the bodies of a batch."""

    def __init__(self, log: LogReader, master_key: bytes) -> None:
        self._log, self._master_key = log, master_key

    async def bodies(self, batch: Sequence[Claimed]) -> list[bytes | None]:
        """What is to be sent, in the batch's order; one look-up of keys for each partition. None: it cannot be made."""
        vault = await self._vault(batch)
        return [_body(vault, one) for one in batch]

    async def _vault(self, batch: Sequence[Claimed]) -> Vault:
        """With the keys of all whom these events name."""
        wanted: dict[int, set[tuple[str, str]]] = {}
        for one in batch:
            if found := set(SEALED.findall(one.event)):
                subjects = set().union(*(sealed_subjects({"sealed": text.decode()}) for text in found))
                wanted.setdefault(one.part, set()).update((one.tenant, subject) for subject in (TENANT, *subjects))
        vault = Vault(self._master_key)
        for part, keys in wanted.items():
            vault.learn(part, await self._log.keys(part, keys))
        return vault


def _clear(vault: Vault, one: Claimed) -> PublicEvent:
    """The event with every sealed member replaced by its clear value, or null."""

    def opened(found: re.Match[bytes]) -> bytes:
        return msgspec.json.encode(vault.open(one.tenant, Sealed(found[1].decode())))

    return _decode(SEALED.sub(opened, one.event))


def _body(vault: Vault, one: Claimed) -> bytes | None:
    """One that cannot be made is a bug, and no reason to hold up the others."""
    try:
        return encode(_clear(vault, one), previous_sequence=one.previous_sequence, gap=one.gap)
    except (ValueError, TypeError) as error:
        log.error("body not made", endpoint=one.endpoint_id, webhook=one.webhook_id, exc_info=error)
        return None
