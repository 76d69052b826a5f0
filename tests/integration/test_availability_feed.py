"""The feed over HTTP: the very bodies that webhooks get, in order, whole events at a time, by the types asked for."""

from typing import Any

import msgspec
import pytest

from asking import Asking, Office, asking
from availability.questions import events as events_question
from contracts.appointment import Kept, fold
from contracts.public_events import LIMIT, bodies, encode
from contracts.public_types import EVERY_TYPE
from contracts.record import Record, decode
from read_model import PART, Reading, random_history, reading


async def happened(here: Reading, seed: int, steps: int) -> list[Record]:
    """A random history, told to the read model; its records as they stand in the log."""
    await Office(here, random_history(seed, steps)).publish()
    return [decode(row.state) for row in await here.log.read(PART, 0, limit=100_000)]


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
        records = await happened(here, 5, 150)
        items = await fed(asker, limit=3)
        assert items == expected_feed(records) != []
        assert len({one["id"] for one in items}) == len(items)


async def test_a_reader_of_some_types_hears_what_it_was_told_before_on_whatever_page(postgres: Any) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        records = await happened(here, 5, 150)
        for asked, wanted in (
            ("appointment.cancelled,appointment.h*", {"appointment.cancelled", "appointment.held",
             "appointment.hold_expired"}),
            ("appointment.updated", {"appointment.updated"}),
            ("*", EVERY_TYPE),
        ):  # fmt: skip
            items = await fed(asker, types=asked, limit=2)
            assert items == expected_feed(records, frozenset(wanted)) != []
        far = await fed(asker, types="appointment.created,appointment.cancelled", limit=1)
        assert any(one["previous_sequence"] not in (None, one["sequence"] - 1) for one in far)
        assert await fed(asker, types="appointment.unheard") == []


async def test_what_happens_seldom_is_found_page_by_page_without_reading_for_ever(
    postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events_question, "READ", 10)
    monkeypatch.setattr(events_question, "READS", 2)
    async with reading(postgres) as here, asking(here) as asker:
        records = await happened(here, 5, 150)
        first = await asker.answer("/v1/events", types="session.*")
        assert (first["items"], first["more"]) == ([], True)
        assert await fed(asker, types="appointment.cancelled", limit=1000) == expected_feed(
            records, frozenset({"appointment.cancelled"})
        )


async def test_a_body_that_is_too_large_has_its_ids_in_the_feed_too(
    postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        records = await happened(here, 5, 40)
        monkeypatch.setattr("contracts.public_events.LIMIT", 700)
        items = await fed(asker)
        assert items == expected_feed(records)
        assert {one.get("truncated") for one in items} == {True}
        assert set(items[0]["data"]) == {
            "id", "type", "version", "service", "location_id", "resources", "customer", "session_id", "series_id",
        }  # fmt: skip
    assert LIMIT == 262_144
