"""Logging: one JSON object a line, with nothing personal in it.

Members that could hold what a person said or is called are replaced, and of an exception only its type and where it
rose are told: messages of parsers and databases quote values. A library that repeats itself is heard now and then.
"""

import logging
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

PRIVATE = frozenset(
    {"name", "email", "phone", "notes", "internal_notes", "custom_fields", "reason_text", "customer", "body", "value",
     "data", "command", "outcome", "record", "authorization", "secret"}
)  # fmt: skip
"""Members that are never written out."""

CHATTY = ("aiokafka",)
"""Libraries that say the same many times a second while what they talk to is down."""
QUIET_SECONDS = 30.0
"""How long one place in their code is not heard again."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


def configure(service: str, *, level: str = "info", json: bool = True) -> None:
    """Sets up this process' log on standard error; what libraries log goes the same way, from warnings up."""
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=_processors(service, json),
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    forward = _Forward()
    forward.addFilter(NowAndThen())
    logging.basicConfig(handlers=[forward], level=logging.WARNING, force=True)


def _processors(service: str, json: bool) -> list[structlog.typing.Processor]:
    def named(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
        line["service"] = service
        return line

    show = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer()
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True, key="at")
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        stamp,
        named,
        where,
        hide,
        show,
    ]


def hide(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Replaces private members."""
    return {key: "(private)" if key in PRIVATE else value for key, value in line.items()}


def where(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """An exception as its type and the frames it passed; never its message."""
    error = line.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-8:]
        line["error"] = type(error).__name__
        line["where"] = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    return line


class NowAndThen(logging.Filter):
    """Of each place where a chatty library speaks: the first line, then one in a while that counts those left out."""

    def __init__(self, seconds: float = QUIET_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._seconds, self._clock = seconds, clock
        self._heard: dict[tuple[str, int], float] = {}
        self._left_out: dict[tuple[str, int], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] not in CHATTY:
            return True
        place, now = (record.pathname, record.lineno), self._clock()
        if now - self._heard.get(place, -self._seconds) < self._seconds:
            self._left_out[place] = self._left_out.get(place, 0) + 1
            return False
        self._heard[place] = now
        record.left_out = self._left_out.pop(place, 0)
        return True


class _Forward(logging.Handler):
    """A library's warnings in our shape. Its text is kept: libraries here log about connections, not about people."""

    def emit(self, record: logging.LogRecord) -> None:
        members: dict[str, Any] = {"logger": record.name}
        if left_out := getattr(record, "left_out", 0):
            members["left_out"] = left_out
        if record.exc_info:
            members["exc_info"] = record.exc_info
        log.log(record.levelno, record.getMessage(), **members)
