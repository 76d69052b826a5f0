"""The request's hash: the same for one request however it is written, another for any other."""

import pytest

from gateway.order import request_hash

REQUEST = ("POST", "/v1/appointments", {"service_id": "cut", "customer": {"id": "cus_1"}}, None)


def test_the_layout_of_the_json_does_not_matter() -> None:
    turned = {"customer": {"id": "cus_1"}, "service_id": "cut"}
    assert request_hash("POST", "/v1/appointments", turned, None) == request_hash(*REQUEST)


@pytest.mark.parametrize(
    "other",
    [
        ("PUT", *REQUEST[1:]),
        (REQUEST[0], "/v1/holds", *REQUEST[2:]),
        (*REQUEST[:2], {"service_id": "cut", "customer": {"id": "cus_2"}}, None),
        (*REQUEST[:3], '"3"'),
    ],
    ids=["method", "path", "body", "If-Match"],
)
def test_anything_else_does(other: tuple[str, str, dict[str, object], str | None]) -> None:
    assert request_hash(*other) != request_hash(*REQUEST)


def test_parts_do_not_run_into_each_other() -> None:
    assert request_hash("POST", "/a", {}, "b") != request_hash("POST", "/a\0b", {}, None)
