"""The retry schedule: ten attempts over three days, spread by a fifth, the same whoever computes it."""

import pytest

from webhook.schedule import DEFAULT, JITTER, chance, wait_before

DAY = 86_400


def test_the_first_attempt_is_at_once() -> None:
    assert wait_before(1, "msg_a") == 0


@pytest.mark.parametrize(("attempt", "seconds"), list(enumerate(DEFAULT, 1)))
def test_each_wait_is_its_step_more_or_less_a_fifth(attempt: int, seconds: float) -> None:
    waits = [wait_before(attempt, f"msg_{n}") for n in range(200)]
    assert all(wait is not None and seconds * (1 - JITTER) <= wait <= seconds * (1 + JITTER) for wait in waits)
    assert len(set(waits)) > 150 or seconds == 0


def test_waits_are_spread_over_the_whole_fifth() -> None:
    chances = [chance(f"msg_{n}", 3) for n in range(1_000)]
    assert min(chances) < 0.05
    assert max(chances) > 0.95
    assert 0.45 < sum(chances) / len(chances) < 0.55


def test_after_the_tenth_attempt_there_is_none() -> None:
    assert wait_before(10, "msg_a") is not None
    assert wait_before(11, "msg_a") is None


def test_ten_attempts_take_about_three_days() -> None:
    assert 3 * DAY < sum(DEFAULT) < 3.5 * DAY


def test_the_same_retry_is_never_moved() -> None:
    assert wait_before(4, "msg_a") == wait_before(4, "msg_a")
    assert wait_before(4, "msg_a") != wait_before(4, "msg_b")


def test_an_endpoint_has_its_own_schedule() -> None:
    own = [0, 60]
    wait = wait_before(2, "msg_a", own)
    assert wait is not None
    assert 48 <= wait <= 72
    assert wait_before(3, "msg_a", own) is None
