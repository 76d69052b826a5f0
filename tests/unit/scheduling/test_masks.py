"""Masks against sets of minutes."""

from hypothesis import given
from hypothesis import strategies as st

from scheduling.masks import at_least, between, every, first_set, join, positions, runs

masks = st.integers(0, 2**200 - 1)


def minutes(mask: int) -> set[int]:
    return {minute for minute in range(mask.bit_length()) if mask >> minute & 1}


@given(masks)
def test_positions_are_the_set_minutes_in_order(mask: int) -> None:
    assert list(positions(mask)) == sorted(minutes(mask))


@given(masks, st.integers(1, 40))
def test_a_run_begins_where_all_its_minutes_are_set(mask: int, length: int) -> None:
    held = minutes(mask)
    assert minutes(runs(mask, length)) == {one for one in held if held.issuperset(range(one, one + length))}


@given(st.lists(masks, max_size=6), st.integers(1, 4), masks)
def test_at_least_counts_the_masks_that_have_a_minute(some: list[int], number: int, wanted: int) -> None:
    expected = {one for one in minutes(wanted) if sum(mask >> one & 1 for mask in some) >= number}
    assert minutes(at_least(number, some, wanted)) == expected


@given(st.integers(-300, 300), st.integers(1, 50), st.integers(-300, 300), st.integers(0, 400))
def test_every_has_the_steps_from_its_anchor_on(anchor: int, step: int, low: int, length: int) -> None:
    steps = {anchor + number * step for number in range(1100)}
    assert minutes(every(anchor, step, low, low + length)) == {one for one in range(length) if one + low in steps}


@given(st.integers(-50, 150), st.integers(-50, 150))
def test_between_is_cut_to_its_range(first: int, last: int) -> None:
    assert minutes(between(first, last, 10, 100)) == {one - 10 for one in range(first, last) if 10 <= one < 100}


@given(masks, st.integers(1, 30))
def test_the_first_set_minutes_are_kept(mask: int, number: int) -> None:
    assert minutes(first_set(mask, number)) == set(sorted(minutes(mask))[:number])


@given(st.lists(st.integers(0, 2**1440 - 1), min_size=1, max_size=4))
def test_days_are_joined_one_after_the_other(days: list[int]) -> None:
    assert join(days) == sum(day << (1440 * number) for number, day in enumerate(days))
