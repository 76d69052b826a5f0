"""The published session: a class that several customers take seats of."""

from datetime import datetime
from typing import Literal

import msgspec

from contracts.values import ResourceRef, ServiceRef


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session as it is published (api.md §5, §6). `remaining` is what is left of `capacity`."""

    id: str
    type: Literal["session"] = "session"
    version: int
    status: Literal["scheduled", "cancelled"]
    service: ServiceRef
    location_id: str
    resources: list[ResourceRef]
    start: datetime
    end: datetime
    tz: str
    local_start: str
    capacity: int
    taken: int = 0
    remaining: int
    created_at: datetime
    updated_at: datetime
    position: str
