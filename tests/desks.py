"""A desk over a log in memory, and what people send it: polls as they are decided, appended, or both."""

from datetime import UTC, datetime
from typing import Any

import orjson

from booking.desk import Desk, Standing
from booking.sheet import Sheet
from contracts.envelope import command_headers
from contracts.record import Record, decode
from contracts.routing import part_of
from eventlog.log import Wanted
from eventlog.memory import MemoryLog
from eventlog.vault import Vault
from streams.message import Message

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
TENANT = "acme"
PART = part_of(TENANT)
Sent = tuple[str, dict[str, Any]]


class Counter:
    """A desk over a log in memory. `begin_anew` puts another one in its place that knows nothing."""

    def __init__(self) -> None:
        self.log = MemoryLog(12, clock=lambda: NOW)
        self.position = self.sent = 0
        self.sheet = Sheet(PART, 1, 0, NOW)
        self.begin_anew()

    def begin_anew(self) -> None:
        self.vault = Vault(b"k" * 32)
        self.desk = Desk(self.log, self.vault, partitions=12, topic="commands", unknown_key=b"u" * 32)

    async def decide(self, *commands: Sent) -> list[dict[str, Any]]:
        """Their outcomes, in one poll; `sheet` is what it came to, not yet appended."""
        messages = [self._message(type, body) for type, body in commands]
        standing = {PART: Standing(1, self.position, NOW)}
        self.sheet = (await self.desk.work({PART: messages}, {}, standing, NOW))[PART]
        self.position = self.sheet.position
        return [orjson.loads(parcel.value or b"") for parcel in self.sheet.outcomes]

    async def append(self) -> None:
        change = self.sheet.append(self.desk.cabinet, epoch=1, offset=0, published=0)
        assert not await self.log.append([change], NOW)

    async def poll(self, *commands: Sent) -> list[dict[str, Any]]:
        outcomes = await self.decide(*commands)
        await self.append()
        assert not self.sheet.dead
        return outcomes

    async def accept(self, *commands: Sent) -> list[dict[str, Any]]:
        outcomes = await self.poll(*commands)
        assert [one["result"] for one in outcomes] == ["accepted"] * len(commands), outcomes
        return outcomes

    async def records(self) -> list[Record]:
        return [decode(page.state) for page in await self.log.read(PART, 0)]

    async def has_key(self, *customers: str) -> list[bool]:
        rows = await self.log.keys(PART, [(TENANT, f"customer/{one}") for one in customers])
        kept = {row.subject: bool(row.wrapped) for row in rows}
        return [kept[f"customer/{one}"] for one in customers]

    async def led_to(self, *emails: str) -> list[str]:
        """To whom the log's look-ups lead."""
        keys = {(TENANT, self.vault.email_key(TENANT, email)) for email in emails}
        return sorted((await self.log.load([Wanted(part=PART, look_ups=keys)]))[PART].look_ups.values())

    def _message(self, type: str, body: dict[str, Any]) -> Message:
        self.sent += 1
        headers = command_headers(id=f"c-{self.sent}", source="test", type=type)
        return Message(PART, self.sent, TENANT.encode(), orjson.dumps(body), headers)


def register(id: str, **members: Any) -> Sent:
    return "RegisterCustomer", {"id": id, "name": id.title(), "email": f"{id}@example.com"} | members


def change(id: str, **members: Any) -> Sent:
    return "ChangeCustomer", {"customer_id": id} | members


def merge(gone: str, into: str) -> Sent:
    return "MergeCustomers", {"customer_id": gone, "into": into}


def erase(id: str) -> Sent:
    return "EraseCustomer", {"customer_id": id}


def by_address(email: str) -> Sent:
    """Finds whom an address leads to, or registers somebody new."""
    return "RegisterCustomer", {"email": email}


def found(outcome: dict[str, Any]) -> str:
    id: str = outcome["subject"]["id"]
    return id


async def open_counter() -> Counter:
    """With a tenant."""
    opened = Counter()
    await opened.log.take_over([PART], await opened.log.new_owner("1"), NOW)
    await opened.accept(("DefineTenant", {"id": TENANT, "name": "Acme"}))
    return opened
