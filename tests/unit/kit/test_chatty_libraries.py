"""While Kafka is down its client repeats itself: it is heard at once, then now and then; all others always."""

import json
import logging

import pytest
import structlog

from kit import logging as ours
from kit.logging import NowAndThen


class Watch:
    """A clock that a test moves."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def said(name: str = "aiokafka.client", line: int = 10, text: str = "no broker") -> logging.LogRecord:
    return logging.LogRecord(name, logging.WARNING, "client.py", line, text, None, None)


def test_the_first_line_is_heard_and_then_one_every_while_with_how_many_were_left_out() -> None:
    watch = Watch()
    heard = NowAndThen(30, watch)
    assert [heard.filter(said()) for _ in range(5)] == [True, False, False, False, False]
    watch.now += 29.9
    assert not heard.filter(said())
    watch.now += 0.1
    assert heard.filter(later := said())
    assert later.left_out == 5  # type: ignore[attr-defined]


def test_another_place_in_the_library_is_heard_at_once() -> None:
    heard = NowAndThen(30, Watch())
    assert heard.filter(said(line=10))
    assert heard.filter(said(line=20))


def test_other_libraries_are_always_heard() -> None:
    heard = NowAndThen(30, Watch())
    assert [heard.filter(said("uvicorn.error")) for _ in range(3)] == [True, True, True]


def test_a_configured_process_hears_a_broken_kafka_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    handlers, level, shape = root.handlers[:], root.level, structlog.get_config()
    monkeypatch.setattr(ours, "log", structlog.get_logger())  # this one remembers where it wrote first
    try:
        ours.configure("booking")
        for attempt in range(100):
            logging.getLogger("aiokafka.client").error("Unable to connect, attempt %s", attempt)
    finally:
        root.handlers[:], root.level = handlers, level
        structlog.configure(**shape)
    [line] = capsys.readouterr().err.splitlines()
    assert json.loads(line)["logger"] == "aiokafka.client"
