"""The waitlist at the desk itself: what it loads for it, and what it tells by the clock, after a restart too."""

from datetime import timedelta
from typing import Any

from front import MORNING, PART, START, TENANT, Front

SUPPLY: list[tuple[str, dict[str, Any]]] = [
    ("DefineTenant", {"id": TENANT, "name": "North"}),
    ("DefineLocation", {"id": "main", "name": "Main", "tz": "UTC", "primary": True}),
    ("DefineService", {"id": "cut", "name": "Haircut", "duration_minutes": 30}),
    ("DefineResource", {"id": "ann", "kind": "staff", "name": "Ann"}),
    ("SetSchedule", {"resource_id": "ann", "weekly": [{"days": ["mon"], "start": "08:00", "end": "18:00"}]}),
]
WINDOW = timedelta(minutes=10)
ASKED = ["joe", "sue", "tim"]


async def shop() -> Front:
    """Ten people wait for a haircut."""
    front = Front()
    await front.log.take_over([PART], await front.log.new_owner("1"), MORNING)
    for number, (type, data) in enumerate(SUPPLY):
        await front.poll((f"supply-{number}", type, data))
    people = [*ASKED, *(f"guest-{number}" for number in range(7))]
    await front.poll(*[joins(name) for name in people])
    return front


def joins(name: str) -> tuple[str, str, dict[str, Any]]:
    customer = {"id": f"cus-{name}", "name": name.title()}
    return f"join-{name}", "JoinWaitlist", {"id": name, "service_id": "cut", "customer": customer}


def offers(*names: str, **members: Any) -> tuple[str, str, dict[str, Any]]:
    whole = {"service_id": "cut", "start": START.isoformat(), "waitlist_ids": list(names), "hold_seconds": 600}
    return "offer", "OfferSlot", whole | members


async def in_turn() -> tuple[Front, str]:
    front = await shop()
    (outcome,) = await front.poll(offers(*ASKED, mode="one_by_one"))
    return front, outcome["appointment"]["id"]


async def told(front: Front, *kinds: str) -> list[tuple[str, str]]:
    return [(one.type, one.stream) for one in await front.records() if one.type in kinds]


async def test_whoever_joins_is_told_under_what_id_they_wait() -> None:
    front = await shop()
    customer = {"name": "Kim", "email": "kim@example.com"}
    (outcome,) = await front.poll(("kim", "JoinWaitlist", {"service_id": "cut", "customer": customer}))
    assert outcome["subject"]["kind"] == "waitlist"
    assert outcome["subject"]["id"].startswith("wai_")


async def test_a_cold_desk_offers_to_many_in_three_round_trips() -> None:
    front = await shop()
    front.begin_anew()
    await front.poll(("warm", "RegisterCustomer", {"name": "Joe"}))
    front.log.trips = 0
    (outcome,) = await front.poll(offers(*ASKED, *(f"guest-{number}" for number in range(7))))
    assert outcome["result"] == "accepted"
    assert len(outcome["events"]) == 11
    assert front.log.trips <= 4, "the day is asked for beside the customers"


async def test_a_cold_desk_decides_a_claim_in_three_round_trips() -> None:
    front, hold_id = await in_turn()
    front.begin_anew()
    await front.poll(("warm", "RegisterCustomer", {"name": "Joe"}))
    front.log.trips, front.now = 0, MORNING + WINDOW * 2
    (outcome,) = await front.poll(("claim", "ClaimOffer", {"hold_id": hold_id, "waitlist_id": "tim"}))
    assert outcome["appointment"]["status"] == "scheduled"
    assert front.log.trips <= 4, "the days are no part of it"


async def test_the_next_is_asked_when_the_clock_says_so_by_a_desk_that_knows_nothing() -> None:
    front, _ = await in_turn()
    front.begin_anew()
    front.now = MORNING + WINDOW
    await front.tell_time()
    assert await told(front, "WaitlistOfferLapsed", "WaitlistOffered") == [
        ("WaitlistOffered", "waitlist/joe"),
        ("WaitlistOfferLapsed", "waitlist/joe"),
        ("WaitlistOffered", "waitlist/sue"),
    ]
    assert not (await front.due()).get(PART), "the next timer is the next window's end"


async def test_after_a_long_sleep_nobody_is_asked_whose_turn_is_over() -> None:
    front, hold_id = await in_turn()
    front.begin_anew()
    front.now = MORNING + WINDOW * 3
    while await front.due():
        await front.tell_time()
    assert await told(front, "WaitlistOfferLapsed", "WaitlistOffered") == [
        ("WaitlistOffered", "waitlist/joe"),
        ("WaitlistOfferLapsed", "waitlist/joe"),
    ]
    assert await told(front, "HoldExpired") == [("HoldExpired", f"appointment/{hold_id}")]
    assert not (await front.due()).get(PART)


async def test_who_left_leaves_the_turn_to_the_next_at_once() -> None:
    front, _ = await in_turn()
    front.begin_anew()
    (outcome,) = await front.poll(("leave", "LeaveWaitlist", {"waitlist_id": "joe"}))
    assert [event["type"] for event in outcome["events"]] == ["WaitlistLeft", "WaitlistOffered"]
    assert (await told(front, "WaitlistOffered"))[-1] == ("WaitlistOffered", "waitlist/sue")


async def test_a_dry_run_offers_nothing() -> None:
    front = await shop()
    (outcome,) = await front.poll(offers("joe"), dry_run=True)
    assert outcome["result"] == "accepted"
    assert await told(front, "WaitlistOffered", "AppointmentHeld") == []
