"""Secrets as they are written: `whsec_` and base64 for HMAC, `whsk_` and `whpk_` for an ed25519 pair.

What is read here was typed by people, so it is refused with a reason; `written` gives back the one way to write it.
"""

import os
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Literal

from webhook.sending.signing import Ed25519Key, HmacKey, SigningKey

HMAC, PRIVATE, PUBLIC = "whsec_", "whsk_", "whpk_"
SHORTEST, LONGEST = 24, 64
"""Bytes of an HMAC secret."""

_SEED = 32
_PAIR = 64
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")

Entropy = Callable[[int], bytes]


class BadSecret(ValueError):
    """A secret that cannot sign; its text says why and repeats nothing of it."""


def make(kind: Literal["v1", "v1a"], *, entropy: Entropy = os.urandom) -> SigningKey:
    """A new key; 32 bytes, as other senders have it."""
    return HmacKey(entropy(_SEED)) if kind == "v1" else Ed25519Key(entropy(_SEED))


def parse(text: str) -> SigningKey:
    """The key of an endpoint; raises `BadSecret`."""
    key = decode(text)
    if isinstance(key, HmacKey) and not SHORTEST <= len(key.secret) <= LONGEST:
        raise BadSecret(f"A secret is {SHORTEST} to {LONGEST} bytes, and this is {len(key.secret)}.")
    return key


def decode(text: str) -> SigningKey:
    """The key in any form that is used between libraries: with prefix or without, padded or not, of any length."""
    if text.startswith(PUBLIC):
        raise BadSecret("This is a public key; signing needs the private one, `whsk_…`.")
    if text.startswith(PRIVATE):
        return _pair(_bytes(text.removeprefix(PRIVATE)))
    secret = _bytes(text.removeprefix(HMAC))
    if not secret:
        raise BadSecret("The secret is empty.")
    return HmacKey(secret)


def written(key: SigningKey) -> str:
    """The secret as its owner keeps it."""
    if isinstance(key, HmacKey):
        return HMAC + b64encode(key.secret).decode()
    return PRIVATE + b64encode(key.seed + key.public).decode()


def public_key(key: SigningKey) -> str | None:
    """What a receiver verifies `v1a` with; an HMAC secret has none."""
    return PUBLIC + b64encode(key.public).decode() if isinstance(key, Ed25519Key) else None


def _pair(content: bytes) -> Ed25519Key:
    if len(content) != _PAIR:
        raise BadSecret(f"A private key is {_PAIR} bytes, the seed and its public key, and this is {len(content)}.")
    key = Ed25519Key(content[:_SEED])
    if key.public != content[_SEED:]:
        raise BadSecret("The two halves of this private key do not belong together.")
    return key


def _bytes(text: str) -> bytes:
    if not _BASE64.fullmatch(text):
        raise BadSecret("A secret is base64, after `whsec_` or `whsk_`.")
    bare = text.rstrip("=")
    if len(bare) % 4 == 1:
        raise BadSecret("This is not base64: characters are missing at its end.")
    return b64decode(bare + "=" * (-len(bare) % 4))
