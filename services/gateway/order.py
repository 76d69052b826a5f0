"""An order: one command as it goes to the bus, with who sends it and under which id.

The request's hash says whether a repeated id came with the same request (D6): method, path, body and `If-Match`.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from contracts.envelope import Headers, command_headers
from gateway.callers import Caller
from kit import tracing


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`data` are the command's members as the caller wrote them, the path's included.

    `traceparent` is the caller's own; where we make spans the command carries on ours, which is of the same trace.
    """

    caller: Caller
    tenant: str
    id: str
    type: str
    data: dict[str, Any]
    request_hash: str
    dry_run: bool = False
    imported: bool = False
    decide_before: datetime | None = None
    traceparent: str | None = None

    @property
    def source(self) -> str:
        return self.caller.source

    def body(self) -> bytes:
        return orjson.dumps(self.data)

    def headers(self, now: datetime) -> Headers:
        return command_headers(
            id=self.id,
            source=self.source,
            type=self.type,
            time=now,
            request_hash=self.request_hash,
            dry_run=self.dry_run,
            imported=self.imported,
            decide_before=self.decide_before,
            actor=self.caller.actor,
            traceparent=tracing.passed_on(self.traceparent),
        )


def request_hash(method: str, path: str, body: Any, if_match: str | None) -> str:
    """Equal for equal requests, however their JSON is laid out."""
    canonical = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    parts = [method.encode(), path.encode(), (if_match or "").encode(), canonical]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
