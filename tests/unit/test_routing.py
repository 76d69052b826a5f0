"""A tenant's partition is the one every Kafka client's default partitioner would choose."""

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from contracts.routing import PARTITIONS, Topics, murmur2, part_of

PUBLISHED = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}
"""Apache Kafka's own test vectors, as signed 32-bit numbers."""


@pytest.mark.parametrize(("key", "signed"), PUBLISHED.items())
def test_murmur2_is_kafkas(key: bytes, signed: int) -> None:
    assert murmur2(key) == signed % 2**32


@given(tenant=st.text(min_size=1, max_size=64), partitions=st.integers(1, 100))
def test_a_tenant_lies_where_aiokafka_would_send_it(tenant: str, partitions: int) -> None:
    every = list(range(partitions))
    assert part_of(tenant, partitions) == DefaultPartitioner()(tenant.encode("utf-8"), every, every)


def test_a_tenant_is_hashed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = part_of("a-tenant-asked-twice")
    monkeypatch.setattr("contracts.routing.murmur2", lambda key: pytest.fail("hashed again"))
    assert part_of("a-tenant-asked-twice") == first < PARTITIONS


def test_topics_share_their_prefix() -> None:
    topics = Topics("clinic")
    names = [topics.commands, topics.outcomes, topics.events, topics.dead, topics.notices, topics.erasures]
    assert names == [f"clinic.{name}" for name in ("commands", "outcomes", "events", "dead", "notices", "erasures")]
