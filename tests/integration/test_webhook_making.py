"""Deliveries are made on the terms that hold when they are written, whatever was read of their endpoints before."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from hooked import Hooked, hooked
from webhook import endpoints, events
from webhook.listeners import Listener
from webhook.making import listening


@pytest.mark.parametrize("ordered", [True, False])
async def test_what_comes_for_a_paused_endpoint_is_held(postgres: Any, ordered: bool) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes(ordered=ordered)
        await endpoints.pause(here.sources, here.tenant, endpoint.id)
        here.books("09:00")
        await here.arrives()
        assert await held(here) == [True]
        await endpoints.resume(here.sources, here.tenant, endpoint.id)
        here.books("10:00")
        await here.arrives()
        assert await held(here) == [True, False]


async def test_one_changed_while_events_are_read_hears_by_its_new_terms(
    postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes(types=["appointment.created"])
        change_after_reading(monkeypatch, here, endpoint.id, {"types": ["appointment.confirmed"]})
        booked = here.books("09:00")
        here.confirms(booked)
        await here.arrives()
        await here.are(endpoint, delivered=1)
        assert [one.body["type"] for one in here.receiver.got] == ["appointment.confirmed"]


async def test_one_deleted_while_events_are_read_hears_nothing(postgres: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes()
        change_after_reading(monkeypatch, here, endpoint.id, None)
        here.books("09:00")
        await here.arrives()
        assert await held(here) == []


async def held(here: Hooked) -> list[bool]:
    return [row["held"] for row in await here.pool.fetch("select held from deliveries order by id")]


def change_after_reading(
    monkeypatch: pytest.MonkeyPatch, here: Hooked, endpoint_id: str, members: Mapping[str, Any] | None
) -> None:
    """Once: between reading endpoints and writing deliveries it gets these members; None: it is deleted."""

    async def read(connection: Any, tenants: Any) -> Mapping[str, Sequence[Listener]]:
        found = await listening(connection, tenants)
        monkeypatch.undo()
        if members is None:
            await endpoints.delete(here.sources, here.tenant, endpoint_id)
        else:
            await endpoints.change(here.sources, here.tenant, endpoint_id, members)
        return found

    monkeypatch.setattr(events, "listening", read)
