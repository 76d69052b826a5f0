"""Generations: a rebuilt read model equals the live one (P5), and switching to it loses nothing (D8)."""

import asyncio
from typing import Any

import pytest

from asking import asking
from availability import store
from availability.store import DiaryModel
from contracts.record import Record
from projections import checkpoints as stored
from projections import generations as rebuilding
from projections import loading
from projections.checkpoints import SQL
from projections.generations import Busy, NothingBefore, Report, rebuild
from projections.model import PartFold
from projections.projector import Projector
from read_model import PART, Reading, by_part, random_history, reading, write


async def made_anew(here: Reading, **how: Any) -> Report:
    return await rebuild(DiaryModel(), here.pool, here.log, lambda progress: None, **how)


async def states(here: Reading) -> list[str]:
    return [one.state for one in await stored.generations(here.pool, DiaryModel.name)]


async def own_tables(here: Reading) -> int:
    """How many tables of generations there are."""
    count: int = await here.pool.fetchval(
        "select count(*) from pg_tables where schemaname = 'availability' and tablename ~ '_g[0-9]+$'"
    )
    return count


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_rebuilt_read_model_has_the_hash_of_the_one_kept_up(postgres: Any, seed: int) -> None:
    async with reading(postgres) as here:
        records = await write(here.log, random_history(seed, 200).records)
        others = await write(here.log, random_history(seed + 50, 60, "bravo").records)
        for start in range(0, len(records), 13):
            await here.project(records[start : start + 13])
        await here.project(others)
        before = await here.hashes()
        report = await made_anew(here)
        assert (report.switched, report.drift, report.events) == (True, [], len(records) + len(others))
        assert await here.hashes() == before
        assert (await made_anew(here, dry_run=True)).hash == report.hash


async def test_the_hash_differs_for_another_history(postgres: Any) -> None:
    async with reading(postgres) as here, reading(postgres) as there:
        await write(here.log, random_history(1, 60).records)
        await write(there.log, random_history(2, 60).records)
        assert (await made_anew(here)).hash != (await made_anew(there)).hash


@pytest.mark.parametrize(
    "damage",
    [
        "update diary set busy_end = busy_end + 5 where from_pos = (select max(from_pos) from diary)",
        "delete from diary where from_pos = (select min(from_pos) from diary)",
        "update diary set to_pos = to_pos + 1 where to_pos = (select min(to_pos) from diary)",
        "update appointments set status = 'no_show' where from_pos = (select max(from_pos) from appointments)",
        "delete from supply where pos = (select max(pos) from supply)",
    ],
)
async def test_what_drifted_in_the_live_model_is_named_and_mended(postgres: Any, damage: str) -> None:
    async with reading(postgres) as here:
        await here.project(await write(here.log, random_history(4, 150).records))
        before = await here.hashes()
        await here.pool.execute(damage)
        changed = {thing for thing, value in (await here.hashes()).items() if before[thing] != value}
        changed |= before.keys() - (await here.hashes()).keys()
        report = await made_anew(here)
        assert set(report.drift) == changed != set()
        assert await here.hashes() == before


async def test_a_dry_run_compares_and_leaves_nothing_behind(postgres: Any) -> None:
    async with reading(postgres) as here:
        await here.project(await write(here.log, random_history(1, 60).records))
        tables = await own_tables(here)
        report = await made_anew(here, dry_run=True)
        assert (report.switched, report.drift) == (False, [])
        assert await states(here) == ["live"]
        assert await own_tables(here) == tables


async def test_what_stood_by_before_the_last_switch_but_one_is_cleared(postgres: Any) -> None:
    async with reading(postgres) as here:
        await here.project(await write(here.log, random_history(1, 60).records))
        for _ in range(3):
            await made_anew(here)
        assert await states(here) == ["live", "standby", "standby"]
        await made_anew(here)
        assert await states(here) == ["live", "standby", "standby"]


async def test_what_a_killed_rebuild_left_is_cleared_by_the_next(postgres: Any) -> None:
    async with reading(postgres) as here:
        await here.project(await write(here.log, random_history(1, 60).records))
        left = await here.pool.fetchval(SQL["new_generation"], DiaryModel.name, "building")
        await here.pool.execute(SQL["make_tables"], list(DiaryModel.tables), left)
        report = await made_anew(here)
        assert report.switched
        assert await states(here) == ["live", "standby"]


async def test_two_rebuilds_at_once_are_one_too_many(postgres: Any) -> None:
    async with reading(postgres) as here:
        await write(here.log, random_history(1, 60).records)
        results = await asyncio.gather(made_anew(here), made_anew(here), return_exceptions=True)
        assert sorted(type(result).__name__ for result in results) == ["Busy", "Report"]
        assert Busy in map(type, results)


# --- loading ------------------------------------------------------------------------------------------------------


def with_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A load that reads a few events at once and keeps next to no appointment."""
    monkeypatch.setattr(loading, "PAGE", 7)
    monkeypatch.setattr(store, "LOADING", 2)


async def test_a_load_that_can_keep_little_in_memory_makes_the_same(
    postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reading(postgres) as here:
        await here.project(await write(here.log, random_history(5, 300).records))
        before = await here.hashes()
        with_little_memory(monkeypatch)
        report = await made_anew(here)
        assert (report.drift, await here.hashes()) == ([], before)
        assert await here.pool.fetchval("select count(*) from endings") == 0


async def test_without_settling_what_was_forgotten_would_stay_true(
    postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: endings are not settled. So a load with little memory does write what ends only later in it."""
    monkeypatch.setitem(store.SQL, "end_diary", "select $1::int")
    async with reading(postgres) as here:
        await here.project(await write(here.log, random_history(5, 300).records))
        with_little_memory(monkeypatch)
        assert any(thing.startswith("diary/") for thing in (await made_anew(here, dry_run=True)).drift)


async def test_an_appointment_can_change_twice_after_it_was_forgotten_twice(
    postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reading(postgres) as here:
        await here.project(await write(here.log, random_history(7, 400).records))
        before = await here.hashes()
        monkeypatch.setattr(loading, "PAGE", 1)
        monkeypatch.setattr(store, "LOADING", 0)
        await made_anew(here)
        assert await here.hashes() == before
        versions = await here.pool.fetchval("select max(version) from appointments")
        assert versions > 2


# --- switching ----------------------------------------------------------------------------------------------------


async def keep_writing(here: Reading, records: list[Record], enough: asyncio.Event) -> int:
    """Event after event goes into the log and arrives, as fast as it can, until it is enough; how many."""
    count = 0
    while not enough.is_set():
        await here.project(await write(here.log, records[count : count + 1]))
        count += 1
    return count


async def test_a_rebuild_switches_while_writes_go_on_and_nothing_is_missing(
    postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "PAGE", 7)
    history = random_history(6, 3000).records
    async with reading(postgres) as here:
        await here.project(await write(here.log, history[:60]))
        enough, reports = asyncio.Event(), []
        writing = asyncio.create_task(keep_writing(here, history[60:], enough))
        for back in (False, True, False):
            reports.append(await made_anew(here, back=back))
        enough.set()
        written = 60 + await writing
        assert all(report.switched and not report.drift for report in reports)
        assert 60 < written == await here.position() < len(history)
        kept_up = await here.hashes()
        await made_anew(here)
        assert await here.hashes() == kept_up


async def test_the_way_back_leads_to_the_generation_before_with_all_that_came_since(postgres: Any) -> None:
    history = random_history(3, 150).records
    async with reading(postgres) as here:
        await here.project(await write(here.log, history[:80]))
        with pytest.raises(NothingBefore):
            await made_anew(here, back=True)
        first = (await stored.generations(here.pool, DiaryModel.name))[0].number
        await made_anew(here)
        await here.project(await write(here.log, history[80:]))
        before = await here.hashes()
        report = await made_anew(here, back=True)
        assert (report.generation, report.drift) == (first, [])
        assert await here.hashes() == before


class Paused(DiaryModel):
    """A model whose projector stops inside its transaction, just before it writes, until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.at_write, self.go_on = asyncio.Event(), asyncio.Event()

    def fold(self, part: int) -> Any:
        return _PausedFold(super().fold(part), self)


class _PausedFold:
    def __init__(self, fold: PartFold, model: Paused) -> None:
        self._fold, self._model = fold, model
        self.load, self.add = fold.load, fold.add

    async def write(self, connection: Any, generation: int) -> None:
        self._model.at_write.set()
        await asyncio.wait_for(self._model.go_on.wait(), 20)
        await self._fold.write(connection, generation)


async def switch_during_a_write(here: Reading) -> tuple[bool, int, int]:
    """Whether the switch waited for a write under way, how far that write said it had come, how far the live one is."""
    history = random_history(3, 150).records
    await here.project(await write(here.log, history[:40]))
    late = await write(here.log, history[40:60])
    model = Paused()
    sleeper = Projector(model, here.pool, here.log, here.freshness)
    writing = asyncio.create_task(sleeper.project(by_part(late)))
    await asyncio.wait_for(model.at_write.wait(), 20)
    switching = asyncio.create_task(made_anew(here))
    _, waiting = await asyncio.wait([switching], timeout=3)
    model.go_on.set()
    await asyncio.gather(writing, switching)
    told = here.freshness.mark(PART)
    assert told is not None
    return bool(waiting), told.generation, told.pos


async def test_a_switch_waits_for_the_write_under_way(postgres: Any) -> None:
    async with reading(postgres) as here:
        waited, generation, told = await switch_during_a_write(here)
        assert waited
        assert await here.position() >= told
        assert generation < (await stored.generations(here.pool, DiaryModel.name))[0].number


async def test_without_the_lock_a_switch_would_not_wait(postgres: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: the switch takes no lock. What was told as reached went into a generation that is no longer live."""
    monkeypatch.setitem(SQL, "own", "select $1::text")
    async with reading(postgres) as here:
        waited, _, _ = await switch_during_a_write(here)
        assert not waited


async def test_questions_go_on_while_generations_come_and_go(postgres: Any) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        await here.project(await write(here.log, random_history(1, 120).records))
        watching = asyncio.create_task(here.freshness.watch())
        rebuilds = asyncio.create_task(_three_times(here))
        answers = set()
        while not rebuilds.done():
            answers.add((await asker.ask("/v1/appointments", as_of=f"{PART}.60")).content)
        await rebuilds
        watching.cancel()
        assert len(answers) == 1


async def _three_times(here: Reading) -> None:
    for _ in range(3):
        assert (await made_anew(here)).switched
        await here.freshness.refresh()
