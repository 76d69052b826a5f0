"""The fold of the read model: rows true from one position to another, the same however the records are cut."""

import random
from collections.abc import Iterable
from typing import Any

import pytest

from availability.fold import APPOINTMENT_TO, DIARY_TO, OPEN, Closed, Drawn, Fold
from contracts import commands as c
from contracts.record import Record
from read_model import open_clinic, random_history
from samples import TENANT, book, command, iso, schedule

Table = dict[tuple[Any, ...], list[Any]]


def written(drawn: Iterable[Drawn]) -> tuple[Table, Table, list[list[Any]]]:
    """The tables after these writings: appointments and diary by key and first position, and the supply."""
    appointments: Table = {}
    diary: Table = {}
    supply: list[list[Any]] = []
    for one in drawn:
        _close(appointments, one.closed_appointments, APPOINTMENT_TO)
        _close(diary, one.closed_diary, DIARY_TO)
        appointments |= {(row[1], row[2], row[4]): row for row in one.appointments}
        diary |= {(*row[1:5], row[13]): row for row in one.diary}
        supply += one.supply
    return appointments, diary, supply


def _close(table: Table, closed: list[Closed], at: int) -> None:
    for key, pos in closed:
        (row,) = [row for found, row in table.items() if found[:-1] == key and row[at] == OPEN]
        row[at] = pos


def cut(records: list[Record], seed: int) -> Iterable[Drawn]:
    """Folded in batches of random lengths, each taken before the next; now and then everything known is forgotten."""
    chance, fold, known = random.Random(seed), Fold(7), Fold(7)
    while records:
        count = chance.randrange(1, 20)
        batch, records = records[:count], records[count:]
        if chance.random() < 0.3:
            fold = Fold(7)
        for key in fold.unknown(batch):
            if key in known.standing:
                fold.know(key, known.standing[key].kept)
        for one in batch:
            fold.add(one)
            known.add(one)
        fold.keep_at_most(5)
        yield fold.take()


def whole(records: list[Record]) -> Iterable[Drawn]:
    """As a rebuild folds: what may still change is left for the end."""
    fold = Fold(7)
    for count, one in enumerate(records):
        fold.add(one)
        if count % 25 == 0:
            yield fold.take(but_open=True)
    yield fold.take()


@pytest.mark.parametrize("seed", range(5))
def test_however_the_records_are_cut_the_rows_are_the_same(seed: int) -> None:
    records = random_history(seed, 200).records
    assert written(cut(records, seed)) == written(whole(records))


def test_a_moved_appointment_leaves_its_old_time_at_the_position_of_the_move() -> None:
    clinic = open_clinic(TENANT, "ann")
    booked = clinic.accept(book("tue 10:00"))[-1]
    move = {"appointment_id": booked.stream.removeprefix("appointment/"), "start": iso("wed 11:00")}
    (moved,) = clinic.accept(command(c.RescheduleAppointment, **move))
    _, diary, _ = written(whole(clinic.records))
    assert [(row[3] % 7, row[13], row[14]) for row in diary.values()] == [
        (diary_day(booked) % 7, booked.pos, moved.pos),
        (diary_day(moved) % 7, moved.pos, OPEN),
    ]


def diary_day(record: Record) -> int:
    return int(record.event.slot.start.timestamp()) // 86_400  # type: ignore[attr-defined]


def test_an_event_that_takes_no_other_time_leaves_the_diary_alone() -> None:
    clinic = open_clinic(TENANT, "ann")
    booked = clinic.accept(book("tue 10:00"))[-1]
    clinic.accept(command(c.ConfirmAppointment, appointment_id=booked.stream.removeprefix("appointment/")))
    appointments, diary, _ = written(whole(clinic.records))
    assert [row[6] for row in appointments.values()] == ["scheduled", "confirmed"]
    assert [(row[13], row[14]) for row in diary.values()] == [(booked.pos, OPEN)]


def test_an_interval_over_midnight_stands_under_both_days() -> None:
    clinic = open_clinic(TENANT, "ann")
    clinic.accept(schedule("ann", "00:00-24:00"))
    booked = clinic.accept(command(c.BookAppointment, service_id="cut", start=iso("tue 23:45"), customer={"name": "J"}))
    _, diary, _ = written(whole(clinic.records))
    day = diary_day(booked[-1])
    assert [row[3] for row in diary.values()] == [day, day + 1]
