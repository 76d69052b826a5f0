"""The edge: all that the routes need, put together once. Tests hand in memory twins of the same ports."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from gateway.bus import Bus
from gateway.callers import Caller, caller_of
from gateway.keyring import Keyring
from gateway.quotas import Quotas
from gateway.refusals import over_quota
from gateway.services import Services
from kit.clock import Clock, system_clock
from kit.health import Health

Unseal = Callable[[str, Any], Awaitable[Any]]
"""(tenant, JSON value) → the same with personal members in clear."""

Tenants = Callable[[], Awaitable[list[dict[str, Any]]]]
"""Every tenant there is: id and name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    keyring: Keyring
    quotas: Quotas
    bus: Bus
    services: Services
    unseal: Unseal
    tenants: Tenants
    health: Health
    clock: Clock = system_clock

    async def admit(self, request: Request, *any_of: str) -> Caller:
        """The caller with one of the scopes, within its quota; else raises the refusal."""
        caller = await caller_of(request.headers, self.keyring)
        request.state.tenant = caller.tenant
        if (seconds := self.quotas.take(caller.key_id)) > 0:
            raise over_quota(seconds)
        caller.needs(*any_of)
        return caller


def edge_of(request: Request) -> Edge:
    edge: Edge = request.app.state.edge
    return edge
