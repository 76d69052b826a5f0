"""The feed over HTTP: the very bodies that webhooks get, in order, whole events at a time, by the types asked for."""

from typing import Any

import msgspec
import pytest

from asking import Asking, Office, asking
from availability.questions import events as events_question
from contracts.appointment import Kept, fold
from contracts.public_events import LIMIT, bodies, encode
from contracts.public_types import EVERY_TYPE
from contracts.record import Record
from read_model import random_history, reading


def expected_feed(records: list[Record], types: frozenset[str] = frozenset(EVERY_TYPE)) -> list[dict[str, Any]]:
    """The items of a reader of these types, straight from the records."""
    kept: dict[str, Kept | None] = {}
    last: dict[str, int] = {}
    found: list[dict[str, Any]] = []
    for record in records:
        before = kept.get(record.stream)
        after = kept[record.stream] = fold(before, record)
        for one in bodies(record, before, after):
            if one.type in types:
                body = msgspec.json.decode(encode(one, previous_sequence=last.get(one.stream)))
                found.append({"id": one.webhook_id, **body})
                last[one.stream] = one.sequence
    return found


async def fed(asker: Asking, **asked: Any) -> list[dict[str, Any]]:
    """The whole feed, page after page."""
    items: list[dict[str, Any]] = []
    body: dict[str, Any] = {"next": None, "more": True}
    while body["more"]:
        body = await asker.answer("/v1/events", from_=body["next"], **asked)
        assert not items or not body["items"] or items[-1]["event_id"] != body["items"][0]["event_id"]
        items += body["items"]
    assert (await asker.answer("/v1/events", from_=body["next"], **asked))["items"] == []
    return items


async def test_the_feed_has_every_public_body_in_order_and_never_splits_an_event(postgres: Any) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        clinic = random_history(5, 150)
        await Office(here, clinic).publish()
        items = await fed(asker, limit=3)
        assert items == expected_feed(clinic.records) != []
        assert len({one["id"] for one in items}) == len(items)


async def test_a_reader_of_some_types_hears_what_it_was_told_before_on_whatever_page(postgres: Any) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        clinic = random_history(5, 150)
        await Office(here, clinic).publish()
        for asked, wanted in (
            ("appointment.cancelled,appointment.h*", {"appointment.cancelled", "appointment.held",
             "appointment.hold_expired"}),
            ("appointment.updated", {"appointment.updated"}),
            ("*", EVERY_TYPE),
        ):  # fmt: skip
            items = await fed(asker, types=asked, limit=2)
            assert items == expected_feed(clinic.records, frozenset(wanted)) != []
        updates = await fed(asker, types="appointment.updated,appointment.created", limit=1)
        assert any((one["previous_sequence"] or 0) < one["sequence"] - 1 for one in updates)
        assert await fed(asker, types="appointment.unheard") == []


async def test_what_happens_seldom_is_found_page_by_page_without_reading_for_ever(
    postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events_question, "READ", 10)
    monkeypatch.setattr(events_question, "READS", 2)
    async with reading(postgres) as here, asking(here) as asker:
        clinic = random_history(5, 150)
        await Office(here, clinic).publish()
        first = await asker.answer("/v1/events", types="session.*")
        assert (first["items"], first["more"]) == ([], True)
        assert await fed(asker, types="appointment.cancelled", limit=1000) == expected_feed(
            clinic.records, frozenset({"appointment.cancelled"})
        )


async def test_a_body_that_is_too_large_has_its_ids_in_the_feed_too(
    postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        clinic = random_history(5, 40)
        await Office(here, clinic).publish()
        monkeypatch.setattr("contracts.public_events.LIMIT", 700)
        items = await fed(asker)
        assert items == expected_feed(clinic.records)
        assert {one.get("truncated") for one in items} == {True}
        assert set(items[0]["data"]) == {
            "id", "type", "version", "service", "location_id", "resources", "customer", "session_id", "series_id",
        }  # fmt: skip
    assert LIMIT == 262_144
