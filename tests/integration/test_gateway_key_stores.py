"""Keys in memory and in PostgreSQL: one suite for both, and what the database's absence is over HTTP."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from gateway.keyring import KeyStore, MemoryKeys
from gateway.keys import new_key
from gateway.keys_postgres import PostgresKeys
from kit.problems import Problem
from stack import Postgres

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
PEPPER = b"p" * 32


@pytest.fixture(params=["memory", "postgres"])
async def store(request: pytest.FixtureRequest, postgres: Postgres) -> AsyncIterator[KeyStore]:
    if request.param == "memory":
        yield MemoryKeys()
        return
    keys = PostgresKeys(await postgres.with_schemas("gateway"))
    yield keys
    await keys.close()


async def test_what_was_added_is_found_as_it_was(store: KeyStore) -> None:
    key, _ = new_key(PEPPER, "acme", "web", ["import", "events:read"], NOW)
    operator, _ = new_key(PEPPER, None, "operator", ["ops"], NOW)
    await store.add(key)
    await store.add(operator)
    assert await store.find(key.id) == key
    assert await store.find(operator.id) == operator
    assert await store.find("nothing") is None


async def test_a_revoked_key_keeps_its_first_instant(store: KeyStore) -> None:
    key, _ = new_key(PEPPER, "acme", "web", [], NOW)
    await store.add(key)
    for hours in (1, 2):
        revoked = await store.revoke(key.id, NOW + timedelta(hours=hours))
        assert revoked == key._replace(revoked_at=NOW + timedelta(hours=1))
    assert await store.find(key.id) == revoked
    assert await store.revoke("nothing", NOW) is None


async def test_keys_are_listed_by_age_and_by_tenant(store: KeyStore) -> None:
    made = [new_key(PEPPER, tenant, "k", [], NOW + timedelta(hours=-n))[0] for n, tenant in enumerate(["a", "b", "a"])]
    for key in made:
        await store.add(key)
    assert list(await store.every(None)) == made[::-1]
    assert list(await store.every("a")) == [made[2], made[0]]
    assert list(await store.every("none")) == []


async def test_a_database_that_does_not_answer_is_unavailable_and_no_wrong_key() -> None:
    keys = PostgresKeys("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(Problem) as refused:
        await keys.find("any")
    assert (refused.value.code, refused.value.status) == ("unavailable", 503)
    await keys.close()
