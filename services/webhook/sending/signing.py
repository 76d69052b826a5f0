"""Signatures of Standard Webhooks: `v1` is HMAC-SHA256, `v1a` is ed25519, over `{id}.{timestamp}.{body}`.

The bytes signed are the bytes sent. While a secret is rotated every live key signs, separated by spaces.
"""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True)
class HmacKey:
    """A secret shared with the receiver."""

    secret: bytes = field(repr=False)

    def sign(self, content: bytes) -> str:
        return "v1," + b64encode(hmac.digest(self.secret, content, "sha256")).decode()


@dataclass(frozen=True)
class Ed25519Key:
    """A key whose public half is all that the receiver needs."""

    seed: bytes = field(repr=False)

    def sign(self, content: bytes) -> str:
        return "v1a," + b64encode(self._private.sign(content)).decode()

    @property
    def public(self) -> bytes:
        return self._private.public_key().public_bytes_raw()

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


SigningKey = HmacKey | Ed25519Key


def sign(keys: Sequence[SigningKey], id: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature`; `timestamp` is in whole seconds since 1970."""
    if type(timestamp) is not int or timestamp < 0:
        raise ValueError(f"not a timestamp: {timestamp!r}")
    content = b"%b.%d.%b" % (id.encode(), timestamp, body)
    return " ".join(key.sign(content) for key in keys)
