"""The office: what all sending needs, once a process."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from eventlog.log import LogReader
from eventlog.vault import Vault
from kit.clock import Clock
from notification.sending.at_hand import AtHand, Shelf
from notification.sending.letters import Stationery
from projections.model import Pool

LEASE = timedelta(minutes=5)
"""How long a sender may take for what it claimed; longer than a wave of time-outs."""


@dataclass(frozen=True, slots=True)
class Office:
    """`schedule` holds the seconds between two attempts."""

    pool: Pool
    log: LogReader
    vault: Vault
    clock: Clock
    instance: str
    stationery: Stationery
    schedule: Sequence[float]
    lease: timedelta = LEASE
    shelf: Shelf = field(default_factory=Shelf)

    def at_hand(self) -> AtHand:
        return AtHand(self.log, self.vault, self.shelf)
