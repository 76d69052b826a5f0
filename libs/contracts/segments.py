"""Segments: several services of one visit, one right after the other, in one booking."""

import re
from typing import Annotated, Any

from pydantic import Field

from contracts.fields import ID, Duration, Id, Resources
from contracts.parts import Body, broken

MOST = 10
UNNAMED = "unnamed"
"""Where the first segment names no service: that is what is refused then."""

ALONE = "waitlist_id"
"""Whoever waits does so for one service, not for a visit."""

INSTEAD = ("service_id", "option_id", "duration_minutes", "resources", "addons", "id", "session_id")
"""Members of a booking that its segments say instead, each for itself; the appointments get ids of ours."""


class SegmentBody(Body):
    """One service of a visit. It begins when the one before it ends."""

    service_id: Id
    option_id: Id | None = None
    duration_minutes: Duration | None = None
    resources: Resources | None = None
    addons: Resources = Field(default_factory=list, json_schema_extra={"default": []})


Segments = Annotated[list[SegmentBody], Field(min_length=1, max_length=MOST)]


def first_of_all(data: Any) -> Any:
    """A booking of segments is of the first one's service, as far as there is one to ask for."""
    if not isinstance(data, dict) or data.get("segments") is None:
        return data
    segments = data["segments"]
    first = segments[0] if isinstance(segments, list) and segments else None
    for name in INSTEAD if first else ():
        if data.get(name) not in (None, []):
            raise broken(name, "the segments say that, each for itself")
    if data.get(ALONE) is not None:
        raise broken(ALONE, "who waits does so for one service, not for several back to back")
    service_id = first.get("service_id") if isinstance(first, dict) else None
    named = isinstance(service_id, str) and re.fullmatch(ID, service_id)
    return data | {"service_id": data.get("service_id") or (service_id if named else UNNAMED)}


def named_by_either(schema: dict[str, Any]) -> None:
    """The service is named by the booking itself or by its segments."""
    if "$ref" in str(schema["properties"]["segments"]):
        schema["required"].remove("service_id")
