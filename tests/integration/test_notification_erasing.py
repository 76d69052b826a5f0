"""What an erased person was to be sent ends with the event that erased them; nobody else's does."""

from typing import Any

import pytest

import samples
from contracts import commands as c
from contracts.events import CustomerErased
from contracts.record import Record
from given import given, sent
from notification import erasing
from notification.store import SQL
from projections.checkpoints import open_pool
from projections.model import Pool
from samples import register

JOE, SUE = "customer/joe", "customer/joe.sue"
ROW = """
insert into notifications (id, part, tenant, appointment_id, era, version, pos, kind, audience, recipient, channel,
                           offset_minutes, due_at, status, attempts)
values ($1, 7, $2, $1, 1, 1, $3, 'reminder', 'customer', $4, 'email', 60, now(), $5, 0)
"""
SUPPRESSION = "insert into suppressions values ($1, $2, $3, 'bounced', now())"


@pytest.fixture
async def pool(postgres: Any) -> Any:
    opened = await open_pool(await postgres.with_schemas("notification"), "notification", size=1)
    yield opened
    await opened.close()


def erasure() -> Record:
    """The third event of the tenant's partition."""
    clinic = given(sent(register(id="joe", name="Joe"), register(id="joe"))).clinic
    [record] = clinic.accept(samples.command(c.EraseCustomer, customer_id="joe"))
    assert isinstance(record.event, CustomerErased)
    return record


async def plan(pool: Pool, id: str, recipient: str = JOE, *, tenant: str = samples.TENANT, pos: int = 1,
               status: str = "planned") -> None:  # fmt: skip
    await pool.execute(ROW, id, tenant, pos, recipient, status)


async def standing(pool: Pool) -> dict[str, tuple[str, str | None]]:
    rows = await pool.fetch("select id, status, reason from notifications")
    return {row["id"]: (row["status"], row["reason"]) for row in rows}


async def erase(pool: Pool, *records: Record) -> None:
    async with pool.acquire() as connection:
        await erasing.erase(connection, records)


async def test_the_unsent_messages_of_the_erased_end_and_no_others(pool: Pool) -> None:
    record = erasure()
    await plan(pool, "planned")
    await plan(pool, "tried", status="retrying")
    await plan(pool, "sent", status="sent")
    await plan(pool, "staff", "resource/ann")
    await plan(pool, "another's", SUE)
    await plan(pool, "elsewhere", tenant="other")
    await erase(pool, record)
    over, on = ("superseded", "erased"), ("planned", None)
    others = {"sent": ("sent", None), "staff": on, "another's": on, "elsewhere": on}
    assert await standing(pool) == {"planned": over, "tried": over} | others


async def test_a_log_that_goes_back_before_the_erasure_plans_them_again(pool: Pool) -> None:
    record = erasure()
    await plan(pool, "planned")
    await erase(pool, record)
    await pool.execute(SQL["rewind"], record.part, record.pos - 1)
    assert await standing(pool) == {"planned": ("planned", None)}


async def test_suppressed_addresses_of_the_erased_are_forgotten(pool: Pool) -> None:
    for key, sealed in (("j", f"{JOE}.1.YQ=="), ("s", f"{SUE}.1.YQ=="), ("by hand", None)):
        await pool.execute(SUPPRESSION, samples.TENANT, key, sealed)
    await pool.execute(SUPPRESSION, "other", "j", f"{JOE}.1.YQ==")
    await erase(pool, erasure())
    left = await pool.fetch("select tenant, address_key from suppressions")
    assert {tuple(row) for row in left} == {(samples.TENANT, "s"), (samples.TENANT, "by hand"), ("other", "j")}
