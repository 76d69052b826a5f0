"""The cursor sends the log's pages in order, and what is in memory only where it goes on exactly."""

from collections.abc import Sequence

import pytest

from contracts.routing import Topics
from eventlog.log import LogReader, Page
from streams.message import EventParcel, Parcel
from streams.outlet import PAGE, Cursor, Outlet


class Sent(Outlet):
    """Keeps what was sent; fails when told."""

    def __init__(self) -> None:
        self.keys: list[bytes | None] = []
        self.topics: list[str] = []
        self.failing = False

    async def send(self, topic: str, part: int, parcels: Sequence[Parcel]) -> None:
        if self.failing:
            raise ConnectionError
        self.keys += [parcel.key for parcel in parcels]
        self.topics += [topic] * len(parcels)


class Pages:
    """A log whose tenants are their positions, so that what was sent can be told."""

    async def read(
        self, part: int, after: int, *, upto: int | None = None, limit: int = 1000, tenant: str | None = None
    ) -> Sequence[Page]:
        last = min(upto or after, after + limit)
        return [Page(part, pos, f"log {pos}", "s", 1, "T", b"") for pos in range(after + 1, last + 1)]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    monkeypatch.setattr(
        "streams.outlet._parcel", lambda page: EventParcel(page.pos, Parcel(page.tenant.encode(), b"", []))
    )
    return Sent()


def cursor(sent: Sent, published: int) -> Cursor:
    log: LogReader = Pages()  # type: ignore[assignment]
    return Cursor(log, sent, Topics("t"), 0, published)


def fresh(*positions: int) -> list[EventParcel]:
    return [EventParcel(pos, Parcel(f"memory {pos}".encode(), b"", [])) for pos in positions]


async def test_what_was_just_appended_is_sent_from_memory(sent: Sent) -> None:
    at = cursor(sent, 4)
    await at.publish(6, fresh(5, 6))
    assert (sent.keys, at.published) == ([b"memory 5", b"memory 6"], 6)


async def test_what_does_not_go_on_from_here_is_read_from_the_log(sent: Sent) -> None:
    at = cursor(sent, 3)
    await at.publish(6, fresh(5, 6))
    assert (sent.keys, at.published) == ([b"log 4", b"log 5", b"log 6"], 6)


async def test_a_page_that_failed_is_sent_again_before_the_next(sent: Sent) -> None:
    at = cursor(sent, 0)
    sent.failing = True
    with pytest.raises(ConnectionError):
        await at.publish(2, fresh(1, 2))
    assert at.published == 0
    sent.failing = False
    await at.publish(3, fresh(3))
    assert sent.keys == [b"log 1", b"log 2", b"log 3"]


async def test_a_long_way_is_gone_in_pages(sent: Sent) -> None:
    at = cursor(sent, 0)
    await at.publish(PAGE * 2 + 1)
    assert (len(sent.keys), at.published) == (PAGE * 2 + 1, PAGE * 2 + 1)


async def test_who_is_erased_is_on_the_list_before_the_event_is_published(sent: Sent) -> None:
    first, second = fresh(5, 6)
    await cursor(sent, 4).publish(6, [first, second._replace(erases=Parcel(b"acme/customer/joe", b"{}", []))])
    assert sent.keys == [b"acme/customer/joe", b"memory 5", b"memory 6"]
    assert sent.topics == ["t.erasures", "t.events", "t.events"]
