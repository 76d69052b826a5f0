"""API keys: `sk_<id>_<secret>`, shown once; what is kept is a keyed hash of the secret.

Secrets are 256 random bits, so one fast hash is enough: there is nothing to guess. A key belongs to one tenant and has
scopes; a key without a tenant is an operator's, and may do everything.
"""

import hmac
import secrets
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

OPERATOR = "ops"

SCOPES = (
    "appointments:read",
    "appointments:write",
    "import",
    "supply:write",
    "customers:read",
    "customers:write",
    "webhooks:*",
    "events:read",
    OPERATOR,
)
"""Every scope that a key can have."""

TENANT_SCOPES = tuple(scope for scope in SCOPES if scope != OPERATOR)
"""What a tenant's key has where nothing else is said."""


class ApiKey(NamedTuple):
    id: str
    tenant: str | None
    name: str
    scopes: frozenset[str]
    hash: bytes
    created_at: datetime
    revoked_at: datetime | None = None

    def opened_by(self, pepper: bytes, secret: str) -> bool:
        return self.revoked_at is None and hmac.compare_digest(self.hash, hash_of(pepper, secret))


def new_key(pepper: bytes, tenant: str | None, name: str, scopes: Collection[str], now: datetime) -> tuple[ApiKey, str]:
    """A key and its text, which nobody can show again."""
    key_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    key = ApiKey(key_id, tenant, name, frozenset(scopes), hash_of(pepper, secret), now)
    return key, f"sk_{key_id}_{secret}"


def split(text: str) -> tuple[str, str] | None:
    """Id and secret of a key's text; None for what is no key."""
    kind, _, rest = text.partition("_")
    key_id, _, secret = rest.partition("_")
    return (key_id, secret) if kind == "sk" and key_id and secret else None


def operator_key(pepper: bytes, text: str, now: datetime) -> ApiKey | None:
    """The operator's first key, from the settings; None where none is set. Anything that is no key is an error."""
    if not text:
        return None
    if (parts := split(text)) is None:
        raise ValueError("SLOTKEEPER_OPERATOR_KEY is written sk_<id>_<secret>")
    return ApiKey(parts[0], None, "operator", frozenset({OPERATOR}), hash_of(pepper, parts[1]), now)


def pepper_of(master_key: bytes) -> bytes:
    """The key of the hash: not in the database, and not the master key itself."""
    return hmac.digest(master_key, b"slotkeeper api keys", "sha256")


def hash_of(pepper: bytes, secret: str) -> bytes:
    return hmac.digest(pepper, secret.encode(), "sha256")
