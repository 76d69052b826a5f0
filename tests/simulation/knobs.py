"""Knobs: what a seed sets for a whole play, and the sizes made small so that a short play meets their limits."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from random import Random
from typing import Any, NamedTuple
from unittest.mock import patch

import structlog

import booking.desk
import booking.folder
import booking.presumption
import booking.publishing
import booking.shift
import streams.outlet

PARTITIONS = 4
TENANTS = ("acme", "bella", "cedar", "delta", "ember", "fjord")
SILENT = 50
"""Only what is critical, which nothing is: a play makes thousands of failures, and none is worth a line."""


class Knobs(NamedTuple):
    tenants: tuple[str, ...]
    instances: tuple[str, ...]
    timers: bool
    """Whether anybody looks after timers at all (P7 must hold without)."""
    troubles: bool
    """Whether anything fails; where nothing does, more is decided."""
    few: int
    """From how many commands a poll on the next one is decided while this one is appended."""
    doubted: int
    page: int
    kept: int


def knobs_of(seed: int) -> Knobs:
    random = Random(f"{seed}/knobs")
    return Knobs(
        tenants=tuple(random.sample(TENANTS, random.choice([2, 2, 3]))),
        instances=("1", "2") if random.random() < 0.7 else ("1",),
        timers=random.random() < 0.6,
        troubles=random.random() < 0.8,
        few=random.choice([0, 2, 4, 32]),
        doubted=random.choice([1, 1, 5, 40, 2_000]),
        page=random.choice([1, 3, 500]),
        kept=random.choice([12, 60, 50_000]),
    )


@contextmanager
def turned(knobs: Knobs, point: Any, tails: Any, clock: Any) -> Iterator[None]:
    """While a play lasts: its sizes, its fault points and its time instead of the real ones."""
    with ExitStack() as stack:
        for module in (booking.desk, booking.publishing, booking.shift):
            stack.enter_context(patch.object(module, "point", point))
        for module, name, value in (
            (booking.shift, "tails", tails),
            (booking.shift, "time", clock),
            (booking.shift, "FEW", knobs.few),
            (booking.desk, "FEW", knobs.few),
            (booking.presumption, "DOUBTED", knobs.doubted),
            (booking.presumption, "REMEMBERED", 10 + knobs.doubted),
            (booking.folder, "STREAMS_KEPT", knobs.kept),
            (booking.folder, "DAYS_KEPT", knobs.kept),
            (streams.outlet, "PAGE", knobs.page),
        ):
            stack.enter_context(patch.object(module, name, value))
        stack.enter_context(_silence())
        yield


@contextmanager
def _silence() -> Iterator[None]:
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(SILENT), cache_logger_on_first_use=False)
    try:
        yield
    finally:
        structlog.configure(**before)
