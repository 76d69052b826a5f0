"""People erased by booking: many in one poll, and by a process that dies before it has told anybody."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from contracts.record import Record
from eventlog.restore import Erasure
from stack import Postgres
from stack_clinic import SECONDS, TENANT, Clinic, book, open_clinic, until
from streams.erasures import erasures

JOE = "joe@example.com"


@pytest.fixture
async def clinic(kafka: str, postgres: Postgres) -> AsyncIterator[Clinic]:
    async with open_clinic(kafka, postgres, parts=2) as opened:
        async with opened.booking("a"):
            await opened.set_up()
        yield opened


async def in_one_poll(clinic: Clinic, *commands: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """They wait on the topic when booking starts."""
    ids = [await clinic.send(type, data) for type, data in commands]
    async with clinic.booking("a"):
        return [await clinic.outcome(id) for id in ids]


def erase(customer_id: str) -> tuple[str, dict[str, Any]]:
    return "EraseCustomer", {"customer_id": customer_id}


def register(customer_id: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return "RegisterCustomer", {"id": customer_id, "email": JOE, "name": "Joe"} | more


async def listed(clinic: Clinic) -> set[Erasure]:
    own = clinic.settings
    return set(await erasures(own.kafka, own.topics.erasures, range(own.partitions)))


async def kept(clinic: Clinic) -> dict[str, bool]:
    """Of each customer: whether there is a key."""
    rows = await clinic.log.keys(clinic.part(), [(TENANT, f"customer/joe-{n}") for n in range(1, 5)])
    return {row.subject: bool(row.wrapped) for row in rows}


async def found_by_address(clinic: Clinic) -> str:
    """Whom the address leads to, as a booking that has just started finds it."""
    [outcome] = await in_one_poll(clinic, ("BookAppointment", book("10:00", customer=JOE)))
    found: str = outcome["appointment"]["customer"]["id"]
    return found


async def test_an_address_may_go_from_hand_to_hand_within_one_poll(clinic: Clinic) -> None:
    outcomes = await in_one_poll(
        clinic,
        register("joe-1"), erase("joe-1"), register("joe-1"),
        register("joe-2"), erase("joe-2"),
        register("joe-3"), ("BookAppointment", book("09:00", customer=JOE)),
    )  # fmt: skip
    results = [one["result"] for one in outcomes]
    assert results == ["accepted", "accepted", "rejected", "accepted", "accepted", "accepted", "accepted"]
    assert outcomes[2]["error"]["code"] == "customer_not_found"
    assert outcomes[-1]["appointment"]["customer"]["id"] == "joe-3"
    assert await kept(clinic) == {"customer/joe-1": False, "customer/joe-2": False, "customer/joe-3": True}
    assert await found_by_address(clinic) == "joe-3"
    assert await listed(clinic) == {Erasure(TENANT, "customer/joe-1"), Erasure(TENANT, "customer/joe-2")}


async def test_a_booking_that_starts_anew_makes_no_key_for_the_erased(clinic: Clinic) -> None:
    [_, booked, _] = await in_one_poll(
        clinic, register("joe-1"), ("BookAppointment", book("09:00", customer=JOE)), erase("joe-1")
    )
    cancel = {"appointment_id": booked["appointment"]["id"], "reason": "Joe is ill"}
    [cancelled] = await in_one_poll(clinic, ("CancelAppointment", cancel))
    assert cancelled["result"] == "accepted", cancelled
    assert (await last(clinic)).event.reason is None  # type: ignore[attr-defined]
    assert await kept(clinic) == {"customer/joe-1": False}


async def last(clinic: Clinic) -> Record:
    return (await clinic.records())[-1]


@pytest.mark.parametrize("fault", ["after_append", "before_events_sent"])
async def test_an_erasure_that_was_committed_is_told_by_whoever_comes_next(clinic: Clinic, fault: str) -> None:
    await in_one_poll(clinic, register("joe-1"))
    id = await clinic.send(*erase("joe-1"))
    async with clinic.process("a", fault=fault) as child, asyncio.timeout(SECONDS):
        assert await child.wait() != 0
    assert (await last(clinic)).type == "CustomerErased"
    assert await kept(clinic) == {"customer/joe-1": False}
    assert await listed(clinic) == set()
    async with clinic.booking("a"):
        assert (await clinic.outcome(id))["result"] == "accepted"

        async def told() -> bool:
            return await listed(clinic) == {Erasure(TENANT, "customer/joe-1")}

        await until(told)
