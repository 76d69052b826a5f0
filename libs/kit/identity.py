"""Who asks: the header in which the gateway tells a service the tenant, the key and its scopes, signed and short-lived.

`base64url(JSON).base64url(HMAC-SHA256)`. A service trusts nothing else about its caller.
"""

import hmac
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from collections.abc import Callable, Iterable

import msgspec

HEADER = "Slotkeeper-Identity"
LIFETIME_SECONDS = 60.0


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """A caller that the gateway has let in. `tenant` is None for an operator who named none."""

    tenant: str | None
    key_id: str
    scopes: frozenset[str]
    expires_at: float

    def may(self, scope: str) -> bool:
        return scope in self.scopes


_decoder = msgspec.json.Decoder(Identity)


def sign(
    key: str, tenant: str | None, scopes: Iterable[str], key_id: str, *, clock: Callable[[], float] = time.time
) -> str:
    """The header's value, good for a minute. An empty key signs nothing: a service without one is misconfigured."""
    identity = Identity(tenant=tenant, key_id=key_id, scopes=frozenset(scopes), expires_at=clock() + LIFETIME_SECONDS)
    payload = msgspec.json.encode(identity)
    return f"{_text(payload)}.{_text(_mac(key, payload))}"


def verify(key: str, header: str | None, *, clock: Callable[[], float] = time.time) -> Identity | None:
    """Who asks, or None: no header, not ours, changed, or too old."""
    payload_text, _, mac_text = (header or "").partition(".")
    try:
        payload, mac = _bytes(payload_text), _bytes(mac_text)
    except (BadBase64, ValueError):
        return None
    if not hmac.compare_digest(mac, _mac(key, payload)):
        return None
    identity = _decoder.decode(payload)
    return identity if clock() < identity.expires_at else None


def _mac(key: str, payload: bytes) -> bytes:
    if not key:
        raise ValueError("SLOTKEEPER_INTERNAL_KEY is empty")
    return hmac.digest(key.encode(), b"identity\0" + payload, "sha256")


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
