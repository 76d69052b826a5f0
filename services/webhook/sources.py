"""What routes and jobs work with: the service's tables, the log, secrets, the poster, the clock, and who to stir."""

from collections.abc import Callable
from dataclasses import dataclass

from contracts.routing import part_of
from eventlog.log import LogReader
from kit.clock import Clock
from projections.model import Pool
from webhook.dispatch import Posts
from webhook.keyring import Keyring


@dataclass(frozen=True, slots=True)
class Sources:
    """One set a process."""

    pool: Pool
    log: LogReader
    ring: Keyring
    poster: Posts
    clock: Clock
    partitions: int
    stir: Callable[[], None]
    """Called when something may have become due."""

    def part(self, tenant: str) -> int:
        return part_of(tenant, self.partitions)
