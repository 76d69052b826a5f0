"""The fold of sessions and waitlist entries: the same rows however records are cut, and the time that sessions take."""

import random
from collections.abc import Iterable
from typing import Any

import pytest

import samples
from availability.entries import decode_entry, entry_row
from availability.fold import DIARY_TO, ENTRY_TO, OPEN, Drawn, Fold
from contracts.record import Record
from school import open_school, random_lessons
from studio import cancel_session, resize

Table = dict[tuple[Any, ...], list[Any]]


def written(drawn: Iterable[Drawn]) -> tuple[Table, Table]:
    """The tables after these writings: entries and diary by key and first position."""
    entries: Table = {}
    diary: Table = {}
    for one in drawn:
        for table, closed, at in ((entries, one.closed_entries, ENTRY_TO), (diary, one.closed_diary, DIARY_TO)):
            for key, pos in closed:
                (row,) = [row for found, row in table.items() if found[:-1] == key and row[at] == OPEN]
                row[at] = pos
        entries |= {(row[1], row[2], row[4]): row for row in one.entries}
        diary |= {(*row[1:5], row[13]): row for row in one.diary}
    return entries, diary


def whole(records: list[Record]) -> Iterable[Drawn]:
    fold = Fold(7)
    for one in records:
        fold.add(one)
    yield fold.take()


def cut(records: list[Record], seed: int) -> Iterable[Drawn]:
    """In batches; now and then all that is known is forgotten, and then recalled from what is stored or the log."""
    chance, fold, done = random.Random(seed), Fold(7), list[Record]()
    while records:
        batch, records = records[:9], records[9:]
        if chance.random() < 0.4:
            fold = Fold(7)
        for tenant, stream in fold.unknown(batch):
            fold.recall([one for one in done if (one.tenant, one.stream) == (tenant, stream)])
        for one in batch:
            fold.add(one)
        done += batch
        fold.keep_at_most(chance.choice((0, 3, 50)))
        yield fold.take()


@pytest.mark.parametrize("seed", range(5))
def test_however_the_records_are_cut_the_rows_are_the_same(seed: int) -> None:
    records = random_lessons(seed, 200).records
    entries, diary = written(whole(records))
    assert written(cut(records, seed)) == (entries, diary)
    assert {stream.partition("/")[0] for _, stream, _ in entries} == {"session", "waitlist"}


def test_every_version_of_a_session_is_a_row_true_until_the_next() -> None:
    clinic = open_school()
    changed = clinic.accept(resize(5, "ses-0"))[0]
    called_off = clinic.accept(cancel_session("ses-0"))[0]
    rows = [row for (_, stream, _), row in written(whole(clinic.records))[0].items() if stream == "session/ses-0"]
    assert [(row[3], row[5], row[6]) for row in rows] == [
        (1, changed.pos, "scheduled"), (2, called_off.pos, "scheduled"), (3, OPEN, "cancelled"),
    ]  # fmt: skip


def test_a_session_takes_its_resources_time_until_it_is_cancelled() -> None:
    clinic = open_school()
    clinic.accept(resize(5, "ses-1"))
    called_off = clinic.accept(cancel_session("ses-1"))[0]
    _, diary = written(whole(clinic.records))
    found = {(row[4], row[2], row[9], row[11]): row[14] for row in diary.values()}
    assert found == {
        ("session/ses-0", "ann", "session", "yoga"): OPEN,
        ("session/ses-1", "bob", "session", "yoga"): called_off.pos,
        ("session/ses-2", "ann", "session", "yoga"): OPEN,
    }


def test_seats_take_no_time_of_their_own() -> None:
    clinic = open_school()
    clinic.accept(samples.book("tue 11:30", service_id="yoga", seats=2))
    _, diary = written(whole(clinic.records))
    assert {row[4].partition("/")[0] for row in diary.values()} == {"session"}


@pytest.mark.parametrize("seed", range(3))
def test_what_is_stored_comes_back_whole(seed: int) -> None:
    entries = random_lessons(seed, 200).state.entries
    assert {stream: decode_entry(stream, entry_row(kept)[-1]) for stream, kept in entries.items()} == entries
