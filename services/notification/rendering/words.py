"""The words of rendering: which messages there are, for whom, over what, in which languages, and what comes out."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

Kind = Literal[
    "booked",
    "requested",
    "confirmed",
    "rescheduled",
    "reassigned",
    "cancelled",
    "no_show",
    "completed",
    "hold_expiring",
    "waitlist_offer",
    "reminder",
]
Audience = Literal["customer", "staff"]
Medium = Literal["email", "sms"]
"""What a template is written for; every channel shows one of the two."""
Language = Literal["en", "de"]
Method = Literal["REQUEST", "CANCEL"]

KINDS: tuple[Kind, ...] = get_args(Kind)
AUDIENCES: tuple[Audience, ...] = get_args(Audience)
MEDIA: tuple[Medium, ...] = get_args(Medium)
LANGUAGES: tuple[Language, ...] = get_args(Language)
"""The first is what a recipient gets whose language is not shipped."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Whose name and address stand in a header; either may be as strange as people are."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """The Jinja sources of one message; `html` and `subject` are empty in one for `sms`."""

    text: str
    subject: str = ""
    html: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message ready for a channel. `ics` is an invitation, `method` its iTIP method."""

    subject: str
    text: str
    html: str = ""
    ics: bytes | None = None
    method: Method | None = None
    language: str = "en"
    refused: str | None = None
    """Why the tenant's own template was left aside."""


@lru_cache(maxsize=1024)
def language_of(wanted: str | None) -> Language:
    """The shipped language nearest to a tag such as `de-AT`."""
    short = (wanted or "").replace("_", "-").partition("-")[0].lower()
    return next((language for language in LANGUAGES if language == short), LANGUAGES[0])
