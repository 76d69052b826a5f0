"""The keyring: whose key a text is, from a small memory that is never older than `seconds`.

So a request costs no round trip, and a revoked key is refused everywhere within seconds. The store is a port.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from gateway.keys import ApiKey, split

SECONDS = 2.0
CAPACITY = 10_000


class KeyStore(Protocol):
    """Where keys are kept."""

    async def find(self, key_id: str) -> ApiKey | None: ...

    async def add(self, key: ApiKey) -> None: ...

    async def revoke(self, key_id: str, at: datetime) -> ApiKey | None:
        """The key as it is now; one that had ended keeps its instant. None where there is none."""
        ...

    async def every(self, tenant: str | None) -> Sequence[ApiKey]:
        """All keys, or one tenant's, oldest first."""
        ...


class _Seen(NamedTuple):
    key: ApiKey | None
    until: float


class Keyring:
    """Tells the holder of a key. `operator` is the one key that is known without the store."""

    def __init__(
        self,
        store: KeyStore,
        pepper: bytes,
        operator: ApiKey | None,
        *,
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store, self.pepper = store, pepper
        self._operator, self._seconds, self._clock = operator, seconds, clock
        self._seen: OrderedDict[str, _Seen] = OrderedDict()

    async def holder(self, text: str) -> ApiKey | None:
        """The key that the text opens; None for a wrong, unknown or revoked one."""
        if (parts := split(text)) is None:
            return None
        key = await self._find(parts[0])
        return key if key and key.opened_by(self.pepper, parts[1]) else None

    async def _find(self, key_id: str) -> ApiKey | None:
        if self._operator and key_id == self._operator.id:
            return self._operator
        seen = self._seen.get(key_id)
        if seen is None or seen.until <= self._clock():
            until = self._clock() + self._seconds
            seen = _Seen(await self.store.find(key_id), until)
            self._remember(key_id, seen)
        return seen.key

    def _remember(self, key_id: str, seen: _Seen) -> None:
        self._seen[key_id] = seen
        self._seen.move_to_end(key_id)
        while len(self._seen) > CAPACITY:
            self._seen.popitem(last=False)

    def forget(self, key_id: str) -> None:
        """What was changed through this gateway is seen here at once."""
        self._seen.pop(key_id, None)


class MemoryKeys:
    """The store in memory."""

    def __init__(self) -> None:
        self._keys: dict[str, ApiKey] = {}

    async def find(self, key_id: str) -> ApiKey | None:
        return self._keys.get(key_id)

    async def add(self, key: ApiKey) -> None:
        self._keys[key.id] = key

    async def revoke(self, key_id: str, at: datetime) -> ApiKey | None:
        if (key := self._keys.get(key_id)) is None:
            return None
        self._keys[key_id] = key._replace(revoked_at=key.revoked_at or at)
        return self._keys[key_id]

    async def every(self, tenant: str | None) -> Sequence[ApiKey]:
        chosen = [key for key in self._keys.values() if tenant is None or key.tenant == tenant]
        return sorted(chosen, key=lambda key: (key.created_at, key.id))
