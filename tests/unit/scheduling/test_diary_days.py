"""The diary: loaded days, what is written over them, trials, and masks of what is alive."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.advance import lapsed
from scheduling.diary import Busy, Day, DayNotLoaded, Diary, Trial

DAY = 20_000
BASE = DAY * 1440
NOW = datetime(2026, 3, 2, 9, 0, 0, 500_000, tzinfo=UTC)
SOON = NOW + timedelta(minutes=5)
A_MICROSECOND = timedelta(microseconds=1)


def busy(stream: str = "appointment/1", start: int = 600, until: datetime | None = None, resource: str = "ann") -> Busy:
    kind = "held" if until else "booked"
    first = BASE + start
    return Busy(stream, resource, first, first + 30, first - 5, first + 40, kind, until, None, "evt")


def diary(*intervals: Busy, day: int = DAY) -> Diary:
    loaded = Diary()
    loaded.put_day("ann", day, intervals)
    return loaded


def streams(diary: Diary, day: int = DAY) -> list[str]:
    return sorted(busy.stream for busy in diary.on("ann", day).intervals)


def taken(day: Day, now: datetime) -> list[int]:
    """The padded and the core minutes taken."""
    return [mask.bit_count() for mask in day.masks(now)]


def test_a_day_that_is_not_loaded_says_which() -> None:
    with pytest.raises(DayNotLoaded) as missing:
        Diary().on("ann", DAY)
    assert (missing.value.resource_id, missing.value.day) == ("ann", DAY)
    assert not Diary().has_day("ann", DAY)


def test_an_empty_day_is_loaded_all_the_same() -> None:
    assert diary().has_day("ann", DAY)
    assert not diary().has_day("ann", DAY + 1)
    assert streams(diary()) == []


def test_writing_replaces_all_the_intervals_of_its_stream_and_no_others() -> None:
    book = diary(busy("a", 600), busy("b", 700))
    book.write("a", [busy("a", 800)])
    assert [one.start - BASE for one in book.on("ann", DAY).intervals] == [700, 800]
    book.clear("a")
    assert streams(book) == ["b"]


def test_an_interval_over_midnight_lies_on_both_days() -> None:
    book = diary()
    book.put_day("ann", DAY + 1, ())
    book.write("a", [busy("a", 1425)])
    assert taken(book.on("ann", DAY), NOW) == [20, 15]
    assert taken(book.on("ann", DAY + 1), NOW) == [25, 15]


def test_an_interval_that_ends_at_midnight_does_not_touch_the_next_day() -> None:
    book = Diary()
    book.put_day("ann", DAY + 1, ())
    book.write("a", [busy("a", 1400)])
    assert streams(book, DAY + 1) == []


def test_what_was_written_counts_when_its_day_is_loaded_later() -> None:
    book = Diary()
    book.write("a", [busy("a", 800)])
    book.clear("b")
    book.put_day("ann", DAY, [busy("a", 600), busy("b", 700), busy("c", 900)])
    assert {one.stream: one.start - BASE for one in book.on("ann", DAY).intervals} == {"a": 800, "c": 900}


def test_a_day_loaded_again_forgets_what_is_no_longer_stored_but_not_what_was_written() -> None:
    book = diary(busy("a", 600))
    book.write("b", [busy("b", 700)])
    book.put_day("ann", DAY, [busy("c", 800)])
    assert streams(book) == ["b", "c"]
    book.write("c", ())
    assert streams(book) == ["b"]


def test_a_trial_that_is_not_kept_leaves_no_trace() -> None:
    book = diary(busy("a", 600))
    before = book.on("ann", DAY)
    with Trial(book):
        book.clear("a")
        book.write("b", [busy("b", 700), busy("b", 700 + 1440)])
        assert streams(book) == ["b"]
    assert book.on("ann", DAY) is before
    book.put_day("ann", DAY + 1, [busy("b", 705 + 1440)])
    assert [one.start - BASE for one in book.on("ann", DAY + 1).intervals] == [705 + 1440]
    book.write("a", ())
    assert streams(book) == []


def test_an_exception_in_a_trial_undoes_it() -> None:
    book = diary(busy("a", 600))
    with pytest.raises(ZeroDivisionError):
        _fail_after_clearing(book)
    assert streams(book) == ["a"]


def _fail_after_clearing(book: Diary) -> None:
    with Trial(book):
        book.clear("a")
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("inner_kept", "outer_kept", "left"),
    [(False, False, []), (True, False, []), (False, True, [0, 2]), (True, True, [0, 1, 2])],
)
def test_a_trial_within_another_is_a_part_of_it(inner_kept: bool, outer_kept: bool, left: list[int]) -> None:
    """Each writes on a day of its own, so that none is undone with another's."""
    book = Diary()
    for day in range(3):
        book.put_day("ann", DAY + day, ())
    with Trial(book) as outer:
        book.write("0", [busy("0", 600)])
        with Trial(book) as inner:
            book.write("1", [busy("1", 600 + 1440)])
            inner.kept = inner_kept
        assert bool(streams(book, DAY + 1)) == inner_kept
        book.write("2", [busy("2", 600 + 2 * 1440)])
        outer.kept = outer_kept
    assert [day for day in range(3) if streams(book, DAY + day)] == left
    assert book.trial is None


def test_a_trial_that_is_kept_stays() -> None:
    book = diary(busy("a", 600))
    with Trial(book) as trial:
        book.clear("a")
        trial.keep()
    assert streams(book) == []


def test_a_hold_takes_its_time_until_the_microsecond_before_its_deadline() -> None:
    day = Day(DAY, (busy("a", 600, until=SOON), busy("b", 700)))
    assert taken(day, NOW) == [90, 60]
    assert taken(day, SOON - A_MICROSECOND) == [90, 60]
    assert taken(day, SOON) == [45, 30]
    assert taken(day, NOW) == [90, 60], "masks are of the instant asked for, also of an earlier one"


def test_deadlines_pass_one_by_one() -> None:
    day = Day(DAY, (busy("a", 600, until=SOON), busy("b", 700, until=SOON + A_MICROSECOND)))
    assert [taken(day, at)[1] for at in (NOW, SOON, SOON + A_MICROSECOND, SOON)] == [60, 30, 0, 30]


def test_what_is_ignored_takes_no_time() -> None:
    day = Day(DAY, (busy("a", 600), busy("b", 615)))
    assert day.but(lambda one: one.stream == "a", NOW)[1].bit_count() == 30
    assert day.masks(NOW)[1].bit_count() == 45


LATER = SOON + timedelta(minutes=1)
INSTANTS = (NOW, SOON - A_MICROSECOND, SOON, LATER)
writes = st.tuples(
    st.sampled_from("abc"), st.lists(st.integers(-40, 1500), max_size=2), st.sampled_from([None, SOON, LATER]),
    st.booleans(), st.sampled_from(INSTANTS),
)  # fmt: skip


@given(st.lists(writes, max_size=8))
def test_however_a_day_came_about_its_masks_are_those_of_its_intervals(
    steps: list[tuple[str, list[int], datetime | None, bool, datetime]],
) -> None:
    book = diary(busy("stored", 300, until=SOON))
    for stream, starts, until, keep, at in steps:
        with Trial(book) as trial:
            book.write(stream, [busy(stream, start, until) for start in starts])
            assert_remade(book.on("ann", DAY), at)
            if keep:
                trial.keep()
        assert_remade(book.on("ann", DAY), at)


def assert_remade(day: Day, now: datetime) -> None:
    assert day.masks(now) == Day(DAY, day.intervals).masks(now)


@pytest.mark.parametrize(
    ("status", "until", "expected"),
    [
        ("held", NOW, True), ("held", NOW + A_MICROSECOND, False), ("held", None, False), ("requested", NOW, True),
        ("booked", NOW, False), ("scheduled", NOW, False),
    ],
)  # fmt: skip
def test_time_alone_ends_holds_and_requests_at_their_deadline(
    status: str, until: datetime | None, expected: bool
) -> None:
    assert lapsed(status, until, NOW) is expected
