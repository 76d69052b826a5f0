"""`Retry-After` as receivers write it, rightly and wrongly."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhook.sending.waits import retry_after

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "seconds"),
    [
        ([], None),
        (["120"], 120),
        ([" 120 "], 120),
        (["Mon, 02 Mar 2026 15:01:00 GMT"], 60),
        (["Monday, 02-Mar-26 15:01:00 GMT"], 60),
        (["Mon Mar  2 15:01:00 2026"], 60),
        (["Mon, 02 Mar 2026 14:59:59 GMT"], None),
        (["Mon, 02 Mar 2026 15:00:00 GMT"], None),
        (["86401"], 86_400),
        (["9" * 5_000], 86_400),
        (["Fri, 31 Dec 9999 23:59:59 GMT"], 86_400),
        (["soon"], None),
        ([""], None),
        (["0"], None),
        (["-5"], None),
        (["1.5"], None),
        (["+5"], None),
        (["1e3"], None),
        (["١٢"], None),
        (["Mon, 32 Mar 2026 15:01:00 GMT"], None),
        (["Mon, 02 Mar 99999 15:01:00 GMT"], None),
        (["soon", "120"], 120),
        (["Mon, 02 Mar 2020 15:00:00 GMT", "30"], 30),
        (["60", "120"], 60),
        (["120", "60"], 120),
    ],
)
def test_a_wait_is_read_from_the_first_value_that_asks_for_one(values: list[str], seconds: float | None) -> None:
    assert retry_after(values, NOW) == seconds


@given(st.lists(st.text(max_size=60), max_size=3))
def test_nothing_that_a_receiver_writes_is_an_error_here(values: list[str]) -> None:
    wait = retry_after(values, NOW)
    assert wait is None or 0 < wait <= 86_400


@given(st.text(alphabet="MonTueJanFebGMT0123456789:,-+ ", max_size=40))
def test_no_half_date_is_an_error_either(value: str) -> None:
    wait = retry_after([value], NOW)
    assert wait is None or 0 < wait <= 86_400
