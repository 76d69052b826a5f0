"""Personal members: what may be sealed per person, and the shape it then has.

A member marked `Personal` holds a name, an e-mail address, a phone number or free text about a person. In the
log, on topics and in the inbox it is `{"sealed": "<subject>.<key no>.<base64>"}`; once the subject is erased it
reads as null, never as an error.
"""

from typing import Annotated

import msgspec
from msgspec import UnsetType


class Sealed(msgspec.Struct, frozen=True, gc=False):
    """A personal value under its subject's data key: `<subject>.<key no>.<base64 of nonce and ciphertext>`."""

    sealed: str


PERSONAL = msgspec.Meta(extra={"personal": True}, extra_json_schema={"x-personal": True})

Personal = Annotated[str | Sealed | None, PERSONAL]
PersonalNews = Annotated[str | Sealed | UnsetType | None, PERSONAL]
"""A personal member that an event type was given later: not written where it says nothing."""
PersonalMap = Annotated[dict[str, str | int | float | bool | Sealed | None], PERSONAL]
PersonalMapIfSaid = Annotated[dict[str, str | int | float | bool | Sealed | None] | UnsetType, PERSONAL]
