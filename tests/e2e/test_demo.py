"""`slotkeeper demo` plays to its end on a stack that is whole, and stops with 1 at the first thing that is not."""

import asyncpg
import pytest

from terminal import Terminal

pytestmark = pytest.mark.timeout(300)


def test_the_demonstration_plays_to_its_end(slotkeeper: Terminal) -> None:
    played = slotkeeper("demo")
    assert played.lines[-1] == "demo: ok"
    for said in ("kill -9", "none lost in the crash", "slot_unavailable", "the same hash", "P1", "P3", "P5"):
        assert said in played.out


async def test_a_read_model_that_somebody_changed_fails_the_demonstration(slotkeeper: Terminal) -> None:
    """What the play itself wrote is right; what is in the read model besides is not."""
    connection = await asyncpg.connect(slotkeeper.stack.site.database, timeout=10)
    try:
        changed = await connection.execute("update availability.diary set ends = ends + 1")
        assert changed != "UPDATE 0"
        failed = slotkeeper("demo", code=1)
    finally:
        await connection.close()
        slotkeeper("rebuild", "availability")
    assert "demo: failed" in failed.out
    assert "demo: ok" not in failed.out
    assert "the new generation differs" in failed.out
