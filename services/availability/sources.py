"""What answers are made from: the read model and how far it is, the log, the keys of personal members, the clock."""

from dataclasses import dataclass, field

from availability.books import Books
from availability.diaries import Diaries
from contracts.routing import part_of
from eventlog.log import LogReader
from eventlog.vault import Vault
from kit.clock import Clock
from projections.freshness import Freshness
from projections.model import Pool


@dataclass(frozen=True, slots=True)
class Sources:
    """One set a process. Books and diaries are caches: all they hold can be loaded again."""

    pool: Pool
    log: LogReader
    vault: Vault
    freshness: Freshness
    clock: Clock
    partitions: int
    books: Books = field(default_factory=Books)
    diaries: Diaries = field(default_factory=Diaries)

    def part(self, tenant: str) -> int:
        return part_of(tenant, self.partitions)
