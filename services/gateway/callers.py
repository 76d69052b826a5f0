"""Who calls: the key a request shows, what it may do, and for which tenant.

A tenant's key acts for its tenant alone. An operator's key may do everything, and names the tenant it acts for in
`Slotkeeper-Tenant`.
"""

import re
from typing import NamedTuple

from starlette.datastructures import Headers

from contracts.fields import ID
from gateway.keyring import Keyring
from gateway.keys import OPERATOR, ApiKey
from gateway.refusals import forbidden, invalid_query, unauthorized
from kit.problems import Problem

TENANT_HEADER = "Slotkeeper-Tenant"
_ID = re.compile(ID)


class Caller(NamedTuple):
    """A key that was let in, and the tenant it acts for now (None: an operator who named none)."""

    key_id: str
    tenant: str | None
    scopes: frozenset[str]

    @property
    def source(self) -> str:
        """Where this caller's commands come from: command ids are unique within it."""
        return f"key:{self.key_id}"

    @property
    def actor(self) -> str:
        return f"api_key:{self.key_id}"

    @property
    def is_operator(self) -> bool:
        return OPERATOR in self.scopes

    def may(self, scope: str) -> bool:
        group = scope.partition(":")[0]
        return self.is_operator or scope in self.scopes or f"{group}:*" in self.scopes

    def needs(self, *any_of: str) -> None:
        """Raises unless the caller has one of the scopes; none named: any key will do."""
        if any_of and not any(map(self.may, any_of)):
            raise forbidden(" or ".join(any_of))

    def acts_for(self) -> str:
        """The tenant; an operator has to name one."""
        if self.tenant is None:
            raise invalid_query(TENANT_HEADER, "An operator's key names the tenant in this header.")
        return self.tenant


async def caller_of(headers: Headers, keyring: Keyring) -> Caller:
    """The caller, or the refusal of a missing or wrong key."""
    key = await keyring.holder(_shown(headers))
    if key is None:
        raise unauthorized()
    return Caller(key.id, _tenant(key, headers.get(TENANT_HEADER)), key.scopes)


def _shown(headers: Headers) -> str:
    kind, _, text = headers.get("Authorization", "").partition(" ")
    return text.strip() if kind.lower() == "bearer" else headers.get("X-Api-Key", "")


def _tenant(key: ApiKey, named: str | None) -> str | None:
    if named is not None and not _ID.fullmatch(named):
        raise invalid_query(TENANT_HEADER, "A tenant's id has 1 to 64 letters, digits, dots, hyphens or underscores.")
    if key.tenant is None:
        return named
    if named not in (None, key.tenant):
        raise Problem("forbidden", "This key belongs to another tenant.", field=TENANT_HEADER)
    return key.tenant
