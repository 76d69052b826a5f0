"""The base of all events: a type's name is its class name, `VERSION` counts the shapes it has had (upcasts.py).

A member may be added without a new version where it is `UNSET`, and so not written at all, unless it says something:
what was stored before then reads and writes as it always did.
"""

from typing import ClassVar

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Base of all events."""

    VERSION: ClassVar[int] = 1
