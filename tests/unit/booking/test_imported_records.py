"""What was imported says so in its record, for whoever notifies people; of all else nothing is written about it."""

from datetime import UTC, datetime

import orjson
import pytest
from msgspec import UNSET

from booking.desk import Desk, Standing
from contracts.envelope import command_headers
from contracts.record import decode
from contracts.routing import part_of
from eventlog.memory import MemoryLog
from eventlog.vault import Vault
from streams.message import Message

NOW = datetime(2029, 12, 3, 9, tzinfo=UTC)
TENANT = "north"
PART = part_of(TENANT)


@pytest.mark.parametrize("imported", [True, False])
async def test_a_record_says_whether_it_was_imported(imported: bool) -> None:
    log = MemoryLog(12, clock=lambda: NOW)
    desk = Desk(log, Vault(b"k" * 32), partitions=12, topic="commands", unknown_key=b"u" * 32)
    await log.take_over([PART], await log.new_owner("test"), NOW)
    headers = command_headers(id="1", source="test", type="DefineTenant", time=NOW, imported=imported)
    body = orjson.dumps({"id": TENANT, "name": "North"})
    sheets = await desk.work({PART: [Message(PART, 0, TENANT.encode(), body, headers)]}, {},
                             {PART: Standing(1, 0, NOW)}, NOW)  # fmt: skip
    [row] = sheets[PART].append(desk.cabinet, epoch=1, offset=0, published=0).rows
    assert decode(row.state).imported is (True if imported else UNSET)
    assert (b"imported" in row.state) == imported
