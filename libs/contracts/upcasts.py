"""Upcasts: pure dict → dict, one per (type, version), applied in order until the current version is reached.

To change an event's shape: raise its `VERSION`, add the step here, the old shape to past.py, and a golden file. Old
golden files stay.
"""

from collections.abc import Callable
from typing import Any

Shape = dict[str, Any]


def _refund_requested_1(data: Shape) -> Shape:
    """Who said that it is to go back becomes the terms of it; of policies it was not written down which."""
    kept = {name: value for name, value in data.items() if name != "by"}
    return kept | {"terms": {"by": data.get("by", "request")}}


UPCASTS: dict[tuple[str, int], Callable[[Shape], Shape]] = {("RefundRequested", 1): _refund_requested_1}


def upcast(event_type: str, version: int, data: Shape, current: int) -> Shape:
    """`data` of `version` in the shape that `event_type` has at version `current`."""
    if version > current:
        raise ValueError(f"{event_type} version {version} was written by a newer release: this one knows {current}")
    for step in range(version, current):
        data = UPCASTS[event_type, step](data)
    return data
