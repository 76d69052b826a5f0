"""What answers are made from: the service's tables and how far they are planned, the log, the vault, the clock."""

from dataclasses import dataclass

from contracts.routing import part_of
from eventlog.log import LogReader
from eventlog.vault import TENANT, Vault
from kit.clock import Clock
from projections.freshness import Freshness
from projections.model import Pool


@dataclass(frozen=True, slots=True)
class Sources:
    """One set a process."""

    pool: Pool
    log: LogReader
    vault: Vault
    freshness: Freshness
    clock: Clock
    partitions: int

    def part(self, tenant: str) -> int:
        return part_of(tenant, self.partitions)

    async def address_key(self, tenant: str, address: str) -> str | None:
        """Under which an address is kept; None for a tenant that does not exist."""
        if not self.vault.knows(tenant, TENANT):
            part = self.part(tenant)
            self.vault.learn(part, await self.log.keys(part, [(tenant, TENANT)]))
        return self.vault.email_key(tenant, address) if self.vault.knows(tenant, TENANT) else None
