"""The mail catcher: an SMTP server of the local stack that keeps every mail as a file and delivers none.

`python -m local.catcher HOST PORT FOLDER`. A mail is answered with 250 once its file is whole, under a name that sorts
by its time of arrival; above the mail as it came stand two lines of ours that say for whom it was handed in. Where the
environment names a Kafka, mails about people who are erased are thrown away.
"""

import asyncio
import os
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

SIZE_LIMIT = 16 * 1024 * 1024


class Catcher:
    """Takes every mail."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Written beside its place first: who lists the folder sees whole mails only."""
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(3)}.eml"
        received = f"X-Caught-From: {envelope.mail_from}\r\nX-Caught-To: {', '.join(envelope.rcpt_tos)}\r\n"
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content or "").encode()
        new = self._folder / f".{name}"
        new.write_bytes(received.encode("utf-8", "surrogateescape") + content)
        new.rename(self._folder / name)
        return f"250 caught as {name}"


async def serve(host: str, port: int, folder: Path) -> None:
    """Until a signal ends it."""
    catcher, loop = Catcher(folder), asyncio.get_running_loop()

    def line() -> SMTP:
        return SMTP(catcher, enable_SMTPUTF8=True, data_size_limit=SIZE_LIMIT, hostname="mail", ident="catcher")

    server = await loop.create_server(line, host, port)
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    async with server, _recalling(folder):
        await told.wait()


@asynccontextmanager
async def _recalling(folder: Path) -> AsyncIterator[None]:
    if "SLOTKEEPER_KAFKA" not in os.environ:
        yield
        return
    # Here, not above: whoever only asks whether it answers need not load Kafka's client.
    from kit.settings import Settings
    from local.recall import recalling

    known = Settings()
    run = asyncio.create_task(recalling(folder, known.kafka, known.topics.erasures, known.partitions).run())
    try:
        yield
    finally:
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)


def answers(host: str, port: int) -> bool:
    """Whether it greets."""
    try:
        with socket.create_connection((host, port), timeout=2) as line:
            return line.recv(3) == b"220"
    except OSError:
        return False


def main(words: list[str]) -> int:
    if words[:1] == ["answers"] and len(words) == 3:
        return 0 if answers(words[1], int(words[2])) else 1
    if len(words) != 3:
        print("usage: python -m local.catcher HOST PORT FOLDER | answers HOST PORT", file=sys.stderr)
        return os.EX_USAGE
    folder = Path(words[2])
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(words[0], int(words[1]), folder))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
