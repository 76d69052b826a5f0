"""The moment an answer is true at: a position of the log and an instant."""

from datetime import datetime
from typing import NamedTuple


class Moment(NamedTuple):
    """`pos` of the tenant's partition, and the instant; `era` and `generation` tell caches what they hold."""

    tenant: str
    part: int
    generation: int
    era: int
    pos: int
    now: datetime
    live: bool

    @property
    def position(self) -> str:
        return f"{self.part}.{self.pos}"
