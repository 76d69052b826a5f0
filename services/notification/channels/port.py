"""The port that every channel is: one message to one recipient, and what became of it.

A channel never raises for what the other side does: a refusal or a broken line is an answer. What it says in `detail`
is for the attempt log and holds nothing personal: codes and names of its own, never the other side's text.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from notification.rendering.words import Mailbox, Rendered

Result = Literal["sent", "retry", "bounced"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message on its way. `message_id` is the same on every attempt; `to` is an address or a telephone number."""

    message_id: str
    to: str
    rendered: Rendered
    to_name: str = ""
    sender: Mailbox | None = None
    """None: the channel's own."""
    reply_to: str | None = None
    list_unsubscribe: str | None = None
    """The https link that ends such messages with one click (RFC 8058)."""
    about: str | None = None
    """Whose appointment it is about, as the list of erasures names people: a kept mail can be found and thrown away."""


@dataclass(frozen=True, slots=True)
class Sent:
    """`retry` may succeed later; `bounced` never will. `address_refused`: it is the recipient that was refused."""

    result: Result
    detail: str
    address_refused: bool = False


class Channel(Protocol):
    """A way to a recipient."""

    async def send(self, outgoing: Outgoing) -> Sent: ...

    async def close(self) -> None: ...
