"""Upcasts: pure dict → dict, one per (type, version), applied in order until the current version is reached.

To change an event's shape: raise its `VERSION`, add the step here, add a golden file. Old golden files stay.
"""

from collections.abc import Callable
from typing import Any

Shape = dict[str, Any]

UPCASTS: dict[tuple[str, int], Callable[[Shape], Shape]] = {}


def upcast(event_type: str, version: int, data: Shape) -> Shape:
    """`data` of `version` in the current shape of `event_type`."""
    while step := UPCASTS.get((event_type, version)):
        data = step(data)
        version += 1
    return data
