"""Webhooks over HTTP, what is asked and what is answered: endpoints, attempts, replays, notices (api.md §5).

Both edges read from here: the gateway describes these shapes, the webhook service checks and serves them.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from pydantic import AfterValidator, Field, StringConstraints

from contracts.fields import CLEAN, Ids
from contracts.parts import Body
from contracts.public_types import named

SECONDS_A_DAY = 86_400
MOST_OVERLAP = 7 * SECONDS_A_DAY
LIVE_SECRETS = 3
"""Secrets of an endpoint that sign at the same time, at most."""


def _known(pattern: str) -> str:
    if not named(frozenset({pattern})):
        raise ValueError("a type of the catalogue, the beginning of some (`appointment.*`), or `*`")
    return pattern


Pattern = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=CLEAN), AfterValidator(_known)]
Url = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=CLEAN)]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=CLEAN)]
Bound = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=CLEAN)]
WebhookId = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=CLEAN)]
EndpointId = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=CLEAN)]
Description = Annotated[str, StringConstraints(max_length=1000, pattern=CLEAN)]

Types = Annotated[list[Pattern], Field(min_length=1, max_length=100)]
Schedule = Annotated[list[Annotated[float, Field(ge=0, le=30 * SECONDS_A_DAY)]], Field(min_length=1, max_length=50)]
Timeout = Annotated[float, Field(ge=1, le=60)]
Rate = Annotated[float, Field(gt=0, le=10_000)]
OnPoison = Literal["block", "skip"]
Signing = Literal["v1", "v1a", "both"]


class FilterBody(Body):
    """What an endpoint is told of; an empty list means all."""

    location_ids: Ids = []
    service_ids: Ids = []
    resource_ids: Ids = []


class NewEndpoint(Body):
    """An endpoint to be made. `schedule_seconds` are the delays before each attempt, the first one's too."""

    url: Url
    types: Types = ["appointment.*"]
    filter: FilterBody = FilterBody()
    ordered: bool = True
    on_poison: OnPoison = "block"
    from_: Annotated[Bound, Field(alias="from", description="`now`, `beginning`, an instant or a position.")] = "now"
    schedule_seconds: Schedule | None = None
    timeout_seconds: Timeout = 15
    rate_per_second: Rate | None = None
    description: Description = ""
    signing: Signing = "v1"
    secret: Annotated[Secret | None, Field(description="`whsec_…` or `whsk_…`; one is made where none is given.")] = (
        None
    )


class EndpointChange(Body):
    """Members to change; those that are absent stay. Null takes the default of the schedule, and no rate."""

    url: Url = ""
    types: Types = []
    filter: FilterBody = FilterBody()
    ordered: bool = True
    on_poison: OnPoison = "block"
    schedule_seconds: Schedule | None = None
    timeout_seconds: Timeout = 15
    rate_per_second: Rate | None = None
    description: Description = ""
    signing: Signing = "v1"

    def changed(self) -> dict[str, Any]:
        """Just what was named."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class Rotation(Body):
    """A new secret; the old ones sign too until the overlap is over."""

    overlap_seconds: Annotated[int, Field(ge=0, le=MOST_OVERLAP)] = SECONDS_A_DAY
    secret: Secret | None = None


class OneDelivery(Body):
    """A delivery to an endpoint, by the id that its receiver sees."""

    endpoint_id: EndpointId
    webhook_id: WebhookId


class NewReplay(Body):
    """A range of the log, again: `(from, to]`, each `beginning`, `now`, an instant or a position."""

    endpoint_id: EndpointId
    from_: Annotated[Bound, Field(alias="from")] = "beginning"
    to: Bound = "now"
    types: Annotated[list[Pattern], Field(max_length=100, description="Of the endpoint's; none named: all.")] = []


ASKED: tuple[type[Body], ...] = (NewEndpoint, EndpointChange, Rotation, OneDelivery, NewReplay)


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    location_ids: list[str] = []
    service_ids: list[str] = []
    resource_ids: list[str] = []


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint as it is shown. `from` is the position it was made at; `secret` is there once, where it was made."""

    id: str
    url: str
    types: list[str]
    filter: Filter
    ordered: bool
    on_poison: OnPoison
    from_: str = msgspec.field(name="from")
    schedule_seconds: list[float] | None
    timeout_seconds: float
    rate_per_second: float | None
    description: str
    signing: str
    public_key: str | None
    status: Literal["enabled", "paused", "disabled"]
    reason: str | None
    paused_until: datetime | None
    created_at: datetime
    updated_at: datetime
    secret: str | msgspec.UnsetType = msgspec.UNSET


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a test."""

    result: Literal["delivered", "failed"]
    webhook_id: str
    status: int | None
    error: str | None
    latency_ms: int


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One request that was made, or refused to be: `error` is one word for what went wrong."""

    endpoint_id: str
    webhook_id: str
    attempt: int
    at: datetime
    status: int | None
    error: str | None
    latency_ms: int


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """A replay job: `done` of `total` deliveries so far."""

    id: str
    endpoint_id: str
    from_: str = msgspec.field(name="from")
    to: str
    types: list[str]
    status: Literal["queued", "running", "done", "cancelled"]
    done: int
    total: int
    created_at: datetime


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Something to know of an endpoint: it was disabled, has recovered, or a delivery is parked (`webhook_id`)."""

    type: str
    endpoint_id: str
    reason: str | None
    webhook_id: str | None
    at: datetime


class PublicType(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the catalogue. `schema` is the JSON Schema of its body."""

    type: str
    description: str
    schema: dict[str, Any]


SHOWN: tuple[type[msgspec.Struct], ...] = (Endpoint, Tried, Attempt, Replay, Notice, PublicType)
