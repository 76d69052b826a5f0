"""What answers mean: 2xx is success, 410 the end, 429 and 503 may ask for a pause, all else is tried again."""

from datetime import timedelta
from typing import Any

import pytest

import samples
from webhook.verdict import FIRST_OF_ALL, Heard, Terms, Verdict, judge

NOW = samples.instant("10:00")


def answer(status: int | None = None, error: str | None = None, retry_after: float | None = None) -> Heard:
    return Heard(status, error, retry_after)


def judged(heard: Heard, **terms: Any) -> Verdict:
    whole: dict[str, Any] = {
        "webhook_id": "msg_a",
        "attempt": 1,
        "ordered": True,
        "on_poison": "block",
        "schedule": None,
    } | terms
    return judge(heard, Terms(**whole), NOW)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_success(status: int) -> None:
    assert judged(answer(status)).ok


@pytest.mark.parametrize("status", [100, 301, 302, 304, 307, 400, 401, 404, 409, 422, 500, 502, 599])
def test_anything_else_is_tried_again(status: int) -> None:
    verdict = judged(answer(status))
    assert verdict.state == "ready"
    assert timedelta(seconds=4) <= verdict.due_at - NOW <= timedelta(seconds=6)
    assert not verdict.unreachable


def test_an_answer_that_came_with_an_error_is_no_success() -> None:
    assert judged(answer(200, "unreadable_answer")).state == "ready"


def test_410_disables_and_the_delivery_will_be_the_first() -> None:
    verdict = judged(answer(410))
    assert verdict.gone
    assert (verdict.state, verdict.due_at) == ("ready", FIRST_OF_ALL)


@pytest.mark.parametrize("status", [429, 503])
def test_a_pause_that_is_asked_for_is_kept_by_the_whole_endpoint(status: int) -> None:
    verdict = judged(answer(status, retry_after=120))
    assert verdict.pause_until == verdict.due_at == NOW + timedelta(seconds=120)


def test_a_short_pause_does_not_shorten_the_schedule() -> None:
    verdict = judged(answer(503, retry_after=1))
    assert verdict.pause_until == NOW + timedelta(seconds=1)
    assert verdict.due_at >= NOW + timedelta(seconds=4)


def test_nobody_pauses_us_for_more_than_a_day() -> None:
    assert judged(answer(503, retry_after=10**9)).pause_until == NOW + timedelta(days=1)


@pytest.mark.parametrize("heard", [answer(500, retry_after=60), answer(503), answer(503, retry_after=0)])
def test_no_pause_by_another_status_or_without_a_word_for_it(heard: Heard) -> None:
    assert judged(heard).pause_until is None


def test_the_last_failure_parks_a_head_that_blocks() -> None:
    assert judged(answer(500), attempt=10).state == "parked"
    assert judged(answer(500), attempt=9).state == "ready"


def test_the_last_failure_gives_up_where_it_is_skipped_or_nothing_is_in_order() -> None:
    assert judged(answer(500), attempt=10, on_poison="skip").state == "dead"
    assert judged(answer(500), attempt=10, ordered=False).state == "dead"


def test_a_refused_address_is_not_tried_again() -> None:
    verdict = judged(answer(error="refused_address"), on_poison="skip")
    assert verdict.state == "dead"
    assert not verdict.unreachable


@pytest.mark.parametrize("error", ["timeout", "connect_refused", "dns", "tls_expired", "closed"])
def test_who_cannot_be_reached_may_have_its_circuit_broken(error: str) -> None:
    verdict = judged(answer(error=error))
    assert verdict.state == "ready"
    assert verdict.unreachable
