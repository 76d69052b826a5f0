"""`verify` proves a log that is whole, and finds each thing a test has broken in it; `rebuild` mends what it can."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest

from copies import Copy, databases, scratch
from shop import Shop, open_shop
from terminal import Terminal


@pytest.fixture(scope="module")
def shop(slotkeeper: Terminal, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    opened = open_shop(slotkeeper, tmp_path_factory.mktemp("shop"))
    assert opened.book("09:00", "10:00", "11:00")["results"] == {"accepted": 3}
    return opened


@pytest.fixture
async def copy(shop: Shop, tmp_path: Path) -> AsyncIterator[Copy]:
    """Of the database, to be broken."""
    async with scratch(shop.slotkeeper.stack, tmp_path) as made:
        yield made


def of_copy(shop: Shop, copy: Copy) -> Terminal:
    """The command line on the copy's log."""
    return shop.slotkeeper.with_settings(DATABASES=databases(shop.slotkeeper.stack, main=copy.name))


def violation(terminal: Terminal) -> dict[str, Any]:
    found: dict[str, Any] = terminal("verify", "--json", code=1).json["violation"]
    return found


def test_a_log_that_is_whole_is_proved_and_what_was_checked_is_counted(shop: Shop) -> None:
    found = shop.slotkeeper("verify", "--json").json
    assert found["violation"] is None
    assert found["checked"]["records"] >= len(shop.events())
    assert found["checked"]["appointments"] >= 3
    assert found["read_model"]["hash"]


async def test_a_second_booking_over_the_first_is_found(shop: Shop, copy: Copy) -> None:
    first = shop.events("AppointmentBooked")[0]
    longer = "update booking.heads set position = position + 1 where part = $1 returning position"
    head = await copy.connection.fetchval(longer, shop.part)
    planted = first | {
        "stream": "appointment/apt_planted",
        "version": 1,
        "pos": head,
        "event_id": f"evt_1.{shop.part}.{head}",
    }
    await copy.connection.execute(
        "insert into booking.events select part, $2, tenant, 'appointment/apt_planted', 1, type, decided_at, $3"
        " from booking.events where part = $1 and pos = $4",
        shop.part, head, orjson.dumps(planted), first["pos"],
    )  # fmt: skip
    found = violation(of_copy(shop, copy))
    assert (found["promise"], found["position"]) == ("P1", f"{shop.part}.{head}")
    assert first["event_id"] in found["text"]


async def test_a_hole_is_found(shop: Shop, copy: Copy) -> None:
    pos = shop.events("AppointmentBooked")[1]["pos"]
    await copy.connection.execute("delete from booking.events where part = $1 and pos = $2", shop.part, pos)
    found = violation(of_copy(shop, copy))
    assert (found["promise"], found["position"]) == ("P3", f"{shop.part}.{pos + 1}")


async def test_a_changed_row_of_the_diary_is_found_and_the_diary_made_anew(shop: Shop, copy: Copy) -> None:
    stream = shop.events("AppointmentBooked")[2]["stream"]
    await copy.connection.execute("update booking.diary set busy_end = busy_end - 5 where stream = $1", stream)
    terminal = of_copy(shop, copy)
    found = violation(terminal)
    assert stream in found["text"]
    assert "rebuild diary" in found["text"]
    terminal("rebuild", "diary")
    assert terminal("verify", "--json").json["violation"] is None


async def test_a_changed_row_of_the_read_model_is_found_and_the_read_model_made_anew(shop: Shop) -> None:
    slotkeeper, id = shop.slotkeeper, shop.events("AppointmentBooked")[0]["stream"].partition("/")[2]
    connection = await asyncpg.connect(slotkeeper.stack.site.database, timeout=10)
    try:
        await connection.execute("update availability.appointments set status = 'cancelled' where id = $1", id)
    finally:
        await connection.close()
    found = violation(slotkeeper)
    assert found["promise"] == "P5"
    assert shop.tenant in found["text"]
    slotkeeper("rebuild", "availability", "--dry-run", code=1)
    assert f"differs: appointments/{shop.tenant}/" in slotkeeper("rebuild", "availability").out
    assert slotkeeper("verify", "--json").json["violation"] is None


def test_a_rebuild_is_switched_to_and_back(shop: Shop) -> None:
    slotkeeper = shop.slotkeeper
    assert ", switched" not in slotkeeper("rebuild", "availability", "--dry-run").out
    assert ", switched" in slotkeeper("rebuild", "availability").out
    assert ", switched" in slotkeeper("rebuild", "availability", "--back").out
    slotkeeper("rebuild", "nothing", code=2)
    slotkeeper("rebuild", "diary", "--back", code=2)
