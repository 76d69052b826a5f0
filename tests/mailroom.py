"""A mail server for tests: real SMTP on loopback, as obliging or as awkward as a test wants it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from notification.channels.port import Outgoing
from notification.channels.smtp import Server, SmtpChannel
from notification.rendering import Mailbox, Rendered

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
SENDER = Mailbox("desk@example.com", "Desk")


@dataclass
class Mailroom:
    """What was taken in, and what to answer. An answer is used once; then it is obliging again."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    connections: int = 0
    secure: list[bool] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    """By command (`MAIL`, `RCPT`, `DATA`): what it gets instead of 250."""
    hang_up_after_dot: int = 0
    """How many times the line is cut once a mail is in, before its answer."""

    def answer(self, command: str, *texts: str) -> None:
        self.answers.setdefault(command, []).extend(texts)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if instead := self._instead("MAIL"):
            return instead
        envelope.mail_from, envelope.mail_options = address, [*options]
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if instead := self._instead("RCPT"):
            return instead
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if instead := self._instead("DATA"):
            return instead
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.taken.append(mail)
        self.envelopes.append(envelope)
        self.secure.append(session.ssl is not None)
        if self.hang_up_after_dot:
            self.hang_up_after_dot -= 1
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 OK"

    def _instead(self, command: str) -> str:
        waiting = self.answers.get(command)
        return waiting.pop(0) if waiting else ""

    def channel(self, **server: Any) -> SmtpChannel:
        """A channel to here."""
        told: dict[str, Any] = {"host": "127.0.0.1", "port": self.port, "sender": SENDER, "security": "none"}
        return SmtpChannel(Server(**told | server), clock=lambda: AT)


@asynccontextmanager
async def mailroom(
    context: ssl.SSLContext | None = None, *, implicit: bool = False, password: str = "", utf8: bool = True,
    room: Mailroom | None = None,
) -> AsyncIterator[Mailroom]:  # fmt: skip
    """A server that obliges. With a context it offers STARTTLS, or where `implicit` speaks TLS from the start."""
    room = room or Mailroom()

    def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        known = isinstance(data, LoginPassword) and data.password == password.encode()
        return AuthResult(success=known, handled=known)

    def line() -> SMTP:
        room.connections += 1
        return SMTP(
            room, hostname="test", enable_SMTPUTF8=utf8, tls_context=None if implicit else context,
            authenticator=authenticate if password else None, auth_require_tls=False,
        )  # fmt: skip

    loop = asyncio.get_running_loop()
    server = await loop.create_server(line, "127.0.0.1", 0, ssl=context if implicit else None)
    room.port = server.sockets[0].getsockname()[1]
    try:
        yield room
    finally:
        server.close()


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]


@asynccontextmanager
async def raw_server(talk: Talk) -> AsyncIterator[int]:
    """A server that says just what a test wants; its port."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def outgoing(to: str = "joe@example.com", **changed: Any) -> Outgoing:
    members: dict[str, Any] = {
        "message_id": "<ntf_1@example.com>",
        "to": to,
        "to_name": "Joe Doe",
        "rendered": Rendered(subject="Booked", text="Grüße\n.\n..dots\n", html="<p>Hello</p>"),
    }
    return Outgoing(**members | changed)
