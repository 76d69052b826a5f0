"""Mails about people who were erased leave the catcher's folder: nobody else's mailbox can be emptied, this one can.

Every mail names in a header whose appointment it is about, whoever it was sent to.
"""

import asyncio
from collections.abc import Sequence
from email.parser import BytesHeaderParser
from pathlib import Path

from eventlog.restore import Erasure
from streams.erasures import Following

ABOUT = "X-Slotkeeper-About"
"""`<tenant>/customer/<id>`, as the list of erasures names people."""


def recalling(folder: Path, kafka: str, topic: str, partitions: int) -> Following:
    """Whoever was erased ever: the catcher may not have run then."""

    async def told(erased: Sequence[Erasure]) -> None:
        await asyncio.to_thread(recall, folder, {f"{one.tenant}/{one.subject}" for one in erased})

    return Following(kafka, topic, range(partitions), told, ever=True)


def recall(folder: Path, erased: set[str]) -> None:
    for path in folder.glob("*.eml"):
        if _about(path) in erased:
            path.unlink()


def _about(path: Path) -> str:
    with path.open("rb") as mail:
        return str(BytesHeaderParser().parse(mail)[ABOUT] or "")
