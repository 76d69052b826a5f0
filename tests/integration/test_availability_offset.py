"""What readers who count pages ask for: a list from the nth on, and the names of those who can take a start."""

from typing import Any

import pytest

from asking import Office, asking
from read_model import random_history, reading

SLOTS = {"service_id": "cut", "from_": "2026-03-02", "to": "2026-03-04"}


@pytest.mark.parametrize("sort", ["start", "-start", "created_at", "-created_at"])
async def test_a_list_from_the_nth_on_is_the_rest_of_the_list(postgres: Any, sort: str) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        await Office(here, random_history(1, 150)).publish()
        whole = (await asker.answer("/v1/appointments", sort=sort, limit=500))["items"]
        for offset in (0, 3, len(whole) - 1, len(whole), len(whole) + 5):
            page = await asker.answer("/v1/appointments", sort=sort, limit=4, offset=offset, total=True)
            assert page["items"] == whole[offset : offset + 4]
            assert page["total"] == len(whole) > 20


async def test_a_cursor_goes_on_where_a_page_from_the_nth_on_ended(postgres: Any) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        await Office(here, random_history(1, 150)).publish()
        whole = (await asker.answer("/v1/appointments", limit=500))["items"]
        page = await asker.answer("/v1/appointments", limit=4, offset=6)
        following = await asker.answer("/v1/appointments", limit=4, cursor=page["next"])
        assert following["items"] == whole[10:14]


@pytest.mark.parametrize("offset", ["-1", "some", str(10**9 + 1)])
async def test_an_offset_that_is_none_is_refused(postgres: Any, offset: str) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        await Office(here, random_history(1, 5)).publish()
        assert await asker.refusal("/v1/appointments", offset=offset) == (400, "invalid_query", "offset")


async def test_everyone_who_can_take_a_start_is_named(postgres: Any) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        await Office(here, random_history(1, 60)).publish()
        body = await asker.answer("/v1/availability", **SLOTS, include=["resources"])
        named = {one["id"]: one for one in body["resources"]}
        candidates = {id for slot in body["slots"] for group in slot["candidates"] for id in group}
        assert candidates
        assert candidates <= set(named)
        one = named[min(candidates)]
        defined = await asker.answer(f"/v1/resources/{one['id']}")
        assert one == {name: defined[name] for name in ("id", "kind", "name")}
        assert "resources" not in await asker.answer("/v1/availability", **SLOTS)
