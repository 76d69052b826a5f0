"""Upkeep goes on as long as its process: at once where there is more, and after an error too."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notification import upkeep

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Table:
    """Answers each purge as it was told to, and keeps what was asked."""

    def __init__(self, *answers: int | Exception) -> None:
        self.answers, self.asked = [*answers], list[datetime]()
        self.done = asyncio.Event()

    async def fetchval(self, statement: str, before: datetime, most: int) -> int:
        self.asked.append(before)
        answer = self.answers.pop(0)
        if not self.answers:
            self.done.set()
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_it_purges_what_was_over_so_long_ago_until_there_is_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    sleep = asyncio.sleep

    async def waiting(seconds: float) -> None:
        waits.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", waiting)
    table: Any = Table(upkeep.BATCH, OSError("not there"), 3, 0)
    running = asyncio.create_task(upkeep.run(table, lambda: NOW, timedelta(days=90)))
    async with asyncio.timeout(10):
        await table.done.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert table.asked == [NOW - timedelta(days=90)] * 4
    assert waits[:3] == [upkeep.SOON_SECONDS, upkeep.SECONDS, upkeep.SECONDS]
