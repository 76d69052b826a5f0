"""Mail over SMTP (`aiosmtplib`): what a server answered, as one of three results.

A server's 5xx to the mail itself is final, all else may be over later: 4xx, a broken line, a refused log-in. When the
line breaks after the mail's last dot nobody knows whether it was taken: it is sent again under the same Message-ID.
Where TLS is asked for, nothing goes in clear.
"""

import asyncio
import ssl
from collections import deque
from dataclasses import dataclass
from time import monotonic
from typing import Literal

import aiosmtplib

from kit.clock import Clock, system_clock
from notification.channels.mail import BadAddress, address_of, compose, needs_utf8
from notification.channels.port import Outgoing, Sent
from notification.rendering.words import Mailbox

IDLE_SECONDS = 20.0
"""How long a connection that nobody uses is kept."""
LINES = 4
"""Connections at once."""

Security = Literal["none", "starttls", "tls"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where mail is handed in. `seconds` is the deadline of one mail, whatever the server does."""

    host: str
    port: int
    sender: Mailbox
    security: Security = "starttls"
    user: str = ""
    password: str = ""
    ca_file: str = ""
    seconds: float = 30.0


class SmtpChannel:
    """Implements `Channel`. Connections are kept for a while and used again."""

    def __init__(self, server: Server, clock: Clock = system_clock) -> None:
        self._server, self._clock = server, clock
        self._lines = asyncio.Semaphore(LINES)
        self._idle: deque[tuple[float, aiosmtplib.SMTP]] = deque()

    async def send(self, outgoing: Outgoing) -> Sent:
        sender = outgoing.sender or self._server.sender
        try:
            to = address_of(outgoing.to)
        except BadAddress as bad:
            return Sent("bounced", str(bad), address_refused=True)
        try:
            by, mail = address_of(sender.address), compose(outgoing, sender, self._clock())
        except BadAddress:
            return Sent("retry", "no such sender")
        options = ["SMTPUTF8", "BODY=8BITMIME"] if needs_utf8(to, by) else []
        async with self._lines:
            try:
                async with asyncio.timeout(self._server.seconds):
                    return await self._transact(by, to, mail, options)
            except TimeoutError:
                return Sent("retry", "timeout")

    async def close(self) -> None:
        while self._idle:
            await _hang_up(self._idle.popleft()[1])

    async def _transact(self, by: str, to: str, mail: bytes, options: list[str]) -> Sent:
        """One mail over a connection."""
        try:
            line = self._kept() or await self._connect()
        except (aiosmtplib.SMTPException, OSError) as error:
            return Sent("retry", _trouble(error))
        usable = False
        try:
            await line.sendmail(by, [to], mail, mail_options=options)
            usable = True
            return Sent("sent", "accepted")
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            usable = isinstance(error, aiosmtplib.SMTPRecipientsRefused | aiosmtplib.SMTPDataError)
            return result_of(error)
        finally:
            if usable and line.is_connected:
                self._idle.append((monotonic(), line))
            else:
                line.close()

    def _kept(self) -> aiosmtplib.SMTP | None:
        """One that is idle and that nobody has hung up."""
        while self._idle:
            since, line = self._idle.pop()
            if line.is_connected and monotonic() - since < IDLE_SECONDS:
                return line
            line.close()
        return None

    async def _connect(self) -> aiosmtplib.SMTP:
        server = self._server
        line = aiosmtplib.SMTP(
            hostname=server.host, port=server.port, timeout=server.seconds, local_hostname="slotkeeper",
            use_tls=server.security == "tls", start_tls=server.security == "starttls",
            username=server.user or None, password=server.password or None, tls_context=_trusting(server),
        )  # fmt: skip
        try:
            await line.connect()
        except BaseException:
            line.close()
            raise
        return line


def _trusting(server: Server) -> ssl.SSLContext | None:
    if server.security == "none":
        return None
    context = ssl.create_default_context()
    if server.ca_file:
        context.load_verify_locations(server.ca_file)
    return context


async def _hang_up(line: aiosmtplib.SMTP) -> None:
    try:
        await line.quit(timeout=2)
    except (aiosmtplib.SMTPException, OSError):
        line.close()


def result_of(error: Exception) -> Sent:
    """What an error within a mail's own transaction means. Only codes are told: texts may quote the address."""
    match error:
        case aiosmtplib.SMTPRecipientsRefused():
            code = error.recipients[0].code
            return _by_code(code, f"rcpt_{code}", address=True)
        case aiosmtplib.SMTPSenderRefused():
            return _by_code(error.code, f"mail_{error.code}")
        case aiosmtplib.SMTPDataError():
            return _by_code(error.code, f"data_{error.code}")
        case aiosmtplib.SMTPNotSupported():
            return Sent("bounced", "no_smtputf8", address_refused=True)
        case aiosmtplib.SMTPServerDisconnected():
            return Sent("retry", "hung_up")
        case aiosmtplib.SMTPResponseException():
            return Sent("retry", f"answered_{error.code}")
        case _:
            return Sent("retry", _trouble(error))


def _by_code(code: int, detail: str, *, address: bool = False) -> Sent:
    final = 500 <= code <= 599
    return Sent("bounced" if final else "retry", detail, address_refused=final and address)


def _trouble(error: Exception) -> str:
    """Why there was no connection to speak over."""
    names: dict[type[Exception], str] = {
        aiosmtplib.SMTPAuthenticationError: "log_in_refused",
        aiosmtplib.SMTPConnectTimeoutError: "timeout",
        aiosmtplib.SMTPReadTimeoutError: "timeout",
        aiosmtplib.SMTPConnectError: "cannot_connect",
        aiosmtplib.SMTPServerDisconnected: "hung_up",
        ssl.SSLError: "tls",
        aiosmtplib.SMTPException: "protocol",
    }
    if isinstance(error.__cause__, ssl.SSLError):
        return "tls"
    return next((name for kind, name in names.items() if isinstance(error, kind)), type(error).__name__)
