"""Where a tenant lives: topics, and the partition number that Kafka, log and read models share.

`part = murmur2(tenant) mod P` with Kafka's own murmur2 (org.apache.kafka.common.utils.Utils), so the Java and
aiokafka default partitioners agree with us; what another partitioner put elsewhere is forwarded.
"""

from dataclasses import dataclass
from functools import lru_cache

PARTITIONS = 12


@dataclass(frozen=True, slots=True)
class Topics:
    """The topic names under one prefix."""

    prefix: str = "slotkeeper"

    @property
    def commands(self) -> str:
        return f"{self.prefix}.commands"

    @property
    def outcomes(self) -> str:
        return f"{self.prefix}.outcomes"

    @property
    def events(self) -> str:
        return f"{self.prefix}.events"

    @property
    def dead(self) -> str:
        return f"{self.prefix}.dead"

    @property
    def notices(self) -> str:
        return f"{self.prefix}.notices"

    @property
    def erasures(self) -> str:
        return f"{self.prefix}.erasures"


def murmur2(key: bytes) -> int:
    """Kafka's 32-bit murmur2 of a record key, unsigned."""
    mask = 0xFFFFFFFF
    m = 0x5BD1E995
    length = len(key)
    h = (0x9747B28C ^ length) & mask
    whole = length - length % 4
    for i in range(0, whole, 4):
        k = int.from_bytes(key[i : i + 4], "little")
        k = k * m & mask
        k = (k ^ k >> 24) * m & mask
        h = (h * m & mask) ^ k
    if rest := key[whole:]:
        h = (h ^ int.from_bytes(rest, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15


@lru_cache(maxsize=65_536)
def part_of(tenant: str, partitions: int = PARTITIONS) -> int:
    """The partition of a tenant. Asked for every record, so the answers are kept."""
    return (murmur2(tenant.encode()) & 0x7FFFFFFF) % partitions
