"""A channel for local use that sends nothing: it logs that a message would have gone, by its id alone."""

from kit.logging import log
from notification.channels.port import Outgoing, Sent


class LogChannel:
    """Implements `Channel`. Whom it is for and what it says is nobody's business here."""

    async def send(self, outgoing: Outgoing) -> Sent:
        rendered = outgoing.rendered
        log.info("not sent: this is the log channel", message_id=outgoing.message_id, language=rendered.language,
                 characters=len(rendered.text), invitation=rendered.method)  # fmt: skip
        return Sent("sent", "logged")

    async def close(self) -> None:
        """There is nothing to close."""
