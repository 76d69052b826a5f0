"""Quotas: a burst, then as many a second; one key's haste costs no other."""

import pytest

from gateway.quotas import Quotas


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_burst_is_let_through_and_the_next_is_told_when_to_come(clock: Clock) -> None:
    quotas = Quotas(2, 3, clock=clock)
    assert [quotas.take("a") for _ in range(4)] == [0, 0, 0, 0.5]


def test_time_brings_tokens_back_but_never_more_than_the_burst(clock: Clock) -> None:
    quotas = Quotas(2, 3, clock=clock)
    for _ in range(3):
        quotas.take("a")
    clock.now += 0.5
    assert [quotas.take("a"), quotas.take("a")] == [0, 0.5]
    clock.now += 1000
    assert [quotas.take("a") for _ in range(4)] == [0, 0, 0, 0.5]


def test_a_refusal_takes_nothing(clock: Clock) -> None:
    quotas = Quotas(1, 1, clock=clock)
    assert [quotas.take("a") for _ in range(5)] == [0, 1, 1, 1, 1]


def test_keys_do_not_share(clock: Clock) -> None:
    quotas = Quotas(1, 1, clock=clock)
    quotas.take("a")
    assert quotas.take("b") == 0


def test_one_who_waits_in_turn_is_told_longer_each_time(clock: Clock) -> None:
    quotas = Quotas(2, 1, clock=clock)
    assert [quotas.reserve("a") for _ in range(3)] == [0, 0.5, 1.0]


def test_keys_that_rest_are_forgotten(clock: Clock) -> None:
    quotas = Quotas(1, 1, clock=clock, capacity=10)
    for number in range(50):
        quotas.take(f"k{number}")
        clock.now += 1
    assert len(quotas._buckets) <= 11
