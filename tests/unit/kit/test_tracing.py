"""Where no place is named no span is made; a caller's trace goes on all the same, if it is one."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind

from kit import tracing

KEPT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
NOT_KEPT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
NONSENSE = ["", "x", "x" * 300, "00-0-0-01", "ä", f"00-{'0' * 32}-{'0' * 16}-01"]


@pytest.fixture
def wanted() -> Iterator[None]:
    tracing.use(TracerProvider())
    yield
    tracing.use(None)


def test_without_a_place_spans_are_not_made() -> None:
    tracing.configure("booking", "")
    assert not tracing.on()
    with tracing.span("work", SpanKind.INTERNAL, {}):
        assert tracing.passed_on(KEPT) == KEPT


@pytest.mark.parametrize("place", ["console", "http://127.0.0.1:9"])
def test_a_place_makes_spans_wanted(place: str) -> None:
    try:
        tracing.configure("booking", place)
        assert tracing.on()
    finally:
        tracing.use(None)


@pytest.mark.parametrize("nonsense", NONSENSE[:-1])
def test_what_is_no_traceparent_is_not_passed_on(nonsense: str) -> None:
    assert tracing.passed_on(nonsense) is None


@pytest.mark.parametrize("nonsense", [None, *NONSENSE, NOT_KEPT])
def test_only_a_trace_that_is_kept_is_worth_a_span(nonsense: str | None) -> None:
    assert not tracing.kept(nonsense.encode() if nonsense is not None else None)
    assert tracing.kept(KEPT.encode())


def test_within_a_span_it_is_the_span_that_is_passed_on(wanted: None) -> None:
    with tracing.span("work", SpanKind.INTERNAL, {}, KEPT):
        mine = tracing.passed_on(KEPT)
    assert mine is not None
    assert mine[:36] == KEPT[:36]
    assert mine != KEPT


def test_a_span_that_is_told_afterwards_is_of_the_trace_it_was_given(wanted: None) -> None:
    onwards = tracing.told("work", SpanKind.INTERNAL, {}, KEPT.encode(), tracing.since(0.0)).decode()
    assert (onwards[:36], onwards[-3:]) == (KEPT[:36], "-01")
