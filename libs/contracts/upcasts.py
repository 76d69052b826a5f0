"""Upcasts: pure dict → dict, one per (type, version), applied in order until the current version is reached.

To change an event's shape: raise its `VERSION`, add the step here, add a golden file. Old golden files stay.
"""

from collections.abc import Callable
from typing import Any

Shape = dict[str, Any]

UPCASTS: dict[tuple[str, int], Callable[[Shape], Shape]] = {}


def upcast(event_type: str, version: int, data: Shape, current: int) -> Shape:
    """`data` of `version` in the shape that `event_type` has at version `current`."""
    if version > current:
        raise ValueError(f"{event_type} version {version} was written by a newer release: this one knows {current}")
    for step in range(version, current):
        data = UPCASTS[event_type, step](data)
    return data
