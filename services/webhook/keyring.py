"""The secrets of endpoints: sealed at rest under a key of this service, opened where something is signed.

The service's key is derived from the master key, so that what leaks from one use opens nothing of another; each sealed
secret is bound to its endpoint.
"""

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from eventlog.statements import statements
from projections.model import Connection
from webhook.sending import secrets
from webhook.sending.signing import HmacKey, SigningKey

SQL = statements("webhook", "secrets.sql")

MOST = 3
"""Keys of one kind that may sign at once."""
KINDS: dict[str, tuple[Literal["v1", "v1a"], ...]] = {"v1": ("v1",), "v1a": ("v1a",), "both": ("v1", "v1a")}
"""The kinds of keys that an endpoint signs with, by its `signing`."""

_NONCE = 12
_CACHED = 10_000


class TooManyKeys(Exception):
    """A rotation while `MOST` keys are live: an earlier overlap has to end first."""


class Keyring:
    """Seals and opens; what it opened lately it remembers, since each attempt signs."""

    def __init__(self, master_key: bytes, *, entropy: Callable[[int], bytes] = os.urandom) -> None:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"webhook secrets").derive(master_key)
        self._cipher, self._entropy = AESGCM(derived), entropy
        self._opened: dict[tuple[str, bytes], SigningKey] = {}

    def seal(self, endpoint_id: str, key: SigningKey) -> bytes:
        nonce = self._entropy(_NONCE)
        return nonce + self._cipher.encrypt(nonce, secrets.written(key).encode(), endpoint_id.encode())

    def open(self, endpoint_id: str, sealed: bytes) -> SigningKey:
        """Raises `InvalidTag` where it is not what was sealed for this endpoint."""
        if (known := self._opened.get((endpoint_id, sealed))) is not None:
            return known
        text = self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], endpoint_id.encode())
        if len(self._opened) >= _CACHED:
            self._opened.clear()
        key = self._opened[endpoint_id, sealed] = secrets.parse(text.decode())
        return key

    def seal_text(self, about: str, text: bytes) -> bytes:
        """What was answered with a secret in it, bound to what it is about."""
        nonce = self._entropy(_NONCE)
        return nonce + self._cipher.encrypt(nonce, text, b"text\0" + about.encode())

    def open_text(self, about: str, sealed: bytes) -> bytes:
        return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], b"text\0" + about.encode())

    def open_all(self, endpoint_id: str, sealed: Sequence[bytes]) -> list[SigningKey]:
        return [self.open(endpoint_id, one) for one in sealed]


def kind_of(key: SigningKey) -> Literal["v1", "v1a"]:
    return "v1" if isinstance(key, HmacKey) else "v1a"


def shown(keys: Sequence[SigningKey]) -> str:
    """The one secret that is shown when it is made: the shared one, if there is one."""
    return secrets.written(next((key for key in keys if kind_of(key) == "v1"), keys[0]))


def keys_for(signing: str, given: str | None) -> list[SigningKey]:
    """New keys of each kind, the one given among them. Raises `BadSecret`, also for one of another kind."""
    own = secrets.parse(given) if given is not None else None
    if own is not None and kind_of(own) not in KINDS[signing]:
        raise secrets.BadSecret(f"This endpoint signs with {signing}, and the secret is for {kind_of(own)}.")
    return [own if own is not None and kind_of(own) == kind else secrets.make(kind) for kind in KINDS[signing]]


async def store(
    connection: Connection, ring: Keyring, endpoint_id: str, keys: Sequence[SigningKey], at: datetime
) -> None:
    for key in keys:
        await connection.execute(SQL["add"], endpoint_id, kind_of(key), ring.seal(endpoint_id, key), at)


async def complete(connection: Connection, ring: Keyring, endpoint_id: str, signing: str, at: datetime) -> None:
    """Keys of the kinds it signs with and has none of; those of other kinds sign no more."""
    live = {row["kind"] for row in await connection.fetch(SQL["live"], endpoint_id, at)}
    for kind in live.difference(KINDS[signing]):
        await connection.execute(SQL["end"], endpoint_id, kind, at)
    await store(connection, ring, endpoint_id, [secrets.make(kind) for kind in KINDS[signing] if kind not in live], at)


async def rotate(
    connection: Connection, ring: Keyring, endpoint_id: str, keys: Sequence[SigningKey], at: datetime, until: datetime
) -> None:
    """The new keys sign from now on, those before them until the end of the overlap. Raises `TooManyKeys`."""
    for key in keys:
        await connection.execute(SQL["supersede"], endpoint_id, kind_of(key), until)
    await store(connection, ring, endpoint_id, keys, at)
    kinds = [row["kind"] for row in await connection.fetch(SQL["live"], endpoint_id, at)]
    if any(kinds.count(kind_of(key)) > MOST for key in keys):
        raise TooManyKeys


async def public_key(connection: Connection, ring: Keyring, endpoint_id: str, at: datetime) -> str | None:
    """What receivers verify `v1a` with at present."""
    for row in await connection.fetch(SQL["live"], endpoint_id, at):
        if row["kind"] == "v1a":
            return secrets.public_key(ring.open(endpoint_id, row["sealed"]))
    return None
