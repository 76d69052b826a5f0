"""A dialect: another API's paths, bodies, envelopes and errors, told as data and a few translating functions.

A dialect has no rule of its own. Each of its operations is at most one command and some reads of the native
interface, with the caller's own key; whatever those refuse is refused, in the dialect's words.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict

from contracts.parts import Body
from gateway.dialects.visit import Visit
from kit.problems import Problem

Schema = dict[str, Any]

Handler = Callable[[Visit], Awaitable[tuple[int, Any]]]
"""What an operation does: the status and the body that it answers."""


class Query(BaseModel):
    """Base of an operation's query parameters: texts read as what they stand for, unknown ones refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One documented request. `words`: how the dialect calls a field that the native interface finds at fault."""

    name: str
    method: str
    path: str
    says: str
    scopes: tuple[str, ...]
    handler: Handler
    answer: Schema
    status: int = 200
    query: type[Query] = Query
    body: type[Body] | None = None
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """One API under its own base path. `refusal` is the status and body that a problem has there."""

    name: str
    base: str
    title: str
    says: str
    operations: Sequence[Operation]
    refusal: Callable[[Problem], tuple[int, Any]]
    error: Schema
    webhooks: Mapping[str, str] = field(default_factory=dict)
    """What the document calls its events, with what it says of each."""
    shapes: Mapping[str, Schema] = field(default_factory=dict)
    """Shapes that the answers refer to."""
