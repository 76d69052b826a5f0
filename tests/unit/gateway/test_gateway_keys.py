"""Keys: opened by their own text alone, and a revoked one is refused within seconds."""

from datetime import UTC, datetime

import pytest

from gateway.keyring import CAPACITY, Keyring, MemoryKeys
from gateway.keys import hash_of, new_key, operator_key, pepper_of, split

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PEPPER = pepper_of(b"m" * 32)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class CountedKeys(MemoryKeys):
    asked = 0

    async def find(self, key_id: str):  # type: ignore[no-untyped-def]
        self.asked += 1
        return await super().find(key_id)


def test_a_key_is_opened_by_its_own_secret_only() -> None:
    key, text = new_key(PEPPER, "acme", "web", ["import"], NOW)
    parts = split(text)
    assert parts is not None
    assert parts[0] == key.id
    assert key.opened_by(PEPPER, parts[1])
    assert not key.opened_by(PEPPER, parts[1] + "x")
    assert not key.opened_by(pepper_of(b"other" * 8), parts[1])


def test_nothing_that_is_kept_shows_the_secret() -> None:
    key, text = new_key(PEPPER, "acme", "web", ["import"], NOW)
    secret = text.split("_", 2)[2]
    assert secret.encode() not in key.hash
    assert secret not in repr(key)


@pytest.mark.parametrize("text", ["", "sk", "sk_", "sk_id", "sk_id_", "pk_id_secret", "sk__secret"])
def test_what_is_no_key_is_nobodys(text: str) -> None:
    assert split(text) is None


def test_a_secret_may_have_underscores() -> None:
    assert split("sk_ops_a_b_c") == ("ops", "a_b_c")


def test_the_operators_first_key_comes_from_the_settings() -> None:
    key = operator_key(PEPPER, "sk_ops_secret", NOW)
    assert key is not None
    assert (key.id, key.tenant, key.hash) == ("ops", None, hash_of(PEPPER, "secret"))
    assert operator_key(PEPPER, "", NOW) is None
    with pytest.raises(ValueError, match="SLOTKEEPER_OPERATOR_KEY"):
        operator_key(PEPPER, "nonsense", NOW)


async def test_the_ring_asks_once_in_its_seconds_and_then_sees_what_was_revoked() -> None:
    clock, store = Clock(), CountedKeys()
    ring = Keyring(store, PEPPER, None, seconds=2, clock=clock)
    key, text = new_key(PEPPER, "acme", "web", [], NOW)
    await store.add(key)
    assert await ring.holder(text) == key
    await store.revoke(key.id, NOW)
    clock.now = 1.9
    assert await ring.holder(text) == key
    assert store.asked == 1
    clock.now = 2.0
    assert await ring.holder(text) is None


async def test_what_is_revoked_here_is_refused_here_at_once() -> None:
    store = MemoryKeys()
    ring = Keyring(store, PEPPER, None, clock=Clock())
    key, text = new_key(PEPPER, "acme", "web", [], NOW)
    await store.add(key)
    await ring.holder(text)
    await store.revoke(key.id, NOW)
    ring.forget(key.id)
    assert await ring.holder(text) is None


async def test_guessing_ids_does_not_fill_the_memory() -> None:
    ring = Keyring(MemoryKeys(), PEPPER, None, clock=Clock())
    for number in range(CAPACITY + 10):
        await ring.holder(f"sk_{number}_guess")
    assert len(ring._seen) == CAPACITY
