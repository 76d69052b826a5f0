"""What is asked of message templates over HTTP and what is answered: a tenant's own words for a notification.

Both edges read from here: the gateway describes these shapes, the notification service checks and serves them.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from pydantic import Field

from contracts.parts import Body

SOURCE_LIMIT = 65_536
"""Characters of one template."""

Source = Annotated[str, Field(max_length=SOURCE_LIMIT)]


class TemplateSources(Body):
    """The Jinja sources of a template; a text message has a `text` only."""

    subject: Annotated[str, Field(max_length=2_000)] = ""
    text: Source
    html: Source = ""


class TemplateName(msgspec.Struct, frozen=True, kw_only=True):
    """Which message a template is for. `shipped`: the tenant has none of its own for it."""

    kind: str
    language: str
    audience: str
    channel: str
    shipped: bool
    changed_at: datetime | None


class MessageTemplate(TemplateName, frozen=True, kw_only=True):
    """A template as it is used now."""

    subject: str
    text: str
    html: str


class TemplatePreview(msgspec.Struct, frozen=True, kw_only=True):
    """A template filled with a sample."""

    subject: str
    text: str
    html: str


ASKED: tuple[type[Body], ...] = (TemplateSources,)
SHOWN: tuple[type[msgspec.Struct], ...] = (TemplateName, MessageTemplate, TemplatePreview)
