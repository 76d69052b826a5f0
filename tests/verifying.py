"""A receiver's check of a webhook's signature: PyPI `standardwebhooks` for `v1`, `cryptography` for `v1a`.

The library raises whatever its parts raise on headers that nobody sane sends; a receiver wants one answer.
"""

from base64 import b64decode
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks.webhooks import Webhook, WebhookVerificationError


def verifies(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether a receiver with this `whsec_` secret accepts the webhook, now."""
    try:
        Webhook(secret).verify(body, dict(headers))
    except (WebhookVerificationError, ValueError):
        return False
    return True


def verifies_publicly(public_key: str, headers: Mapping[str, str], body: bytes) -> bool:
    """The same with a `whpk_` key; whether the timestamp is fresh is not asked."""
    key = Ed25519PublicKey.from_public_bytes(b64decode(public_key.removeprefix("whpk_")))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    signatures = [one.removeprefix("v1a,") for one in headers["webhook-signature"].split(" ") if one.startswith("v1a,")]
    return any(_signed(key, signature, content) for signature in signatures)


def _signed(key: Ed25519PublicKey, signature: str, content: bytes) -> bool:
    try:
        key.verify(b64decode(signature), content)
    except (InvalidSignature, ValueError):
        return False
    return True
