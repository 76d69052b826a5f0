"""Order: per endpoint and stream, whatever fails; others are not delayed, and a poison head is parked or skipped."""

import asyncio
from typing import Any

from aiohttp import web

from hooked import AT_ONCE, Hooked, Received, failing, hooked, never, until
from webhook import attempts, endpoints

BOOKED, CONFIRMED, CHANGED = "appointment.created", "appointment.confirmed", "appointment.status_changed"


def told(got: list[Received], stream: str) -> list[tuple[int, str]]:
    """What a stream's receiver heard, each once, in the order of first arrival."""
    return list(dict.fromkeys((one.body["sequence"], one.body["type"]) for one in got if one.stream == stream))


async def two_streams(here: Hooked) -> tuple[str, str]:
    """Two appointments that are booked, confirmed and checked in: five deliveries each."""
    first, second = here.books("09:00"), here.books("10:00")
    for one in (first, second):
        here.confirms(one)
        here.checks_in(one)
    await here.arrives()
    return first, second


async def test_a_stream_comes_in_order_though_it_fails_and_others_are_not_delayed(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes(schedule_seconds=[0, 2, 2])
        tries: dict[str, int] = {}

        async def answer(one: Received) -> web.Response:
            tries[one.id] = tries.get(one.id, 0) + 1
            fails = one.stream == first and one.body["sequence"] == 1 and tries[one.id] < 3
            return web.Response(status=500 if fails else 200)

        here.receiver.answers = answer
        first, second = here.books("09:00"), here.books("10:00")
        for one in (first, second):
            here.confirms(one)
        await here.arrives()
        await until(lambda: len(told(here.receiver.got, second)) == 3)
        assert told(here.receiver.got, first) == [(1, BOOKED)], "the other stream waited for a retry"
        await here.are(endpoint, delivered=6)
        for stream in (first, second):
            assert told(here.receiver.got, stream) == [(1, BOOKED), (2, CONFIRMED), (2, CHANGED)]
        ids = [one.id for one in here.receiver.got if one.stream == first and one.body["sequence"] == 1]
        assert len(ids) == 3
        assert len(set(ids)) == 1, "a retry has another id"


async def test_each_body_names_the_one_before_it(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes(types=["appointment.created", "appointment.checked_in"])
        first, _ = await two_streams(here)
        await here.are(endpoint, delivered=4)
        heard = [one.body for one in here.receiver.got if one.stream == first]
        assert [(body["sequence"], body["previous_sequence"]) for body in heard] == [(1, None), (3, 1)]
        assert all(body["gap"] == [] for body in heard)


async def test_two_bodies_of_one_event_follow_each_other(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes()
        first, _ = await two_streams(here)
        await here.are(endpoint, delivered=10)
        heard = [one.body for one in here.receiver.got if one.stream == first]
        assert [body["previous_sequence"] for body in heard] == [None, 1, 2, 2, 3]


async def test_one_of_a_stream_and_four_of_an_endpoint_are_under_way(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes()
        together: dict[str, int] = {}
        go_on = asyncio.Event()

        async def answer(one: Received) -> web.Response:
            together[one.stream] = together.get(one.stream, 0) + 1
            assert together[one.stream] == 1, "two of a stream at once"
            await asyncio.wait_for(go_on.wait(), 10)
            together[one.stream] -= 1
            return web.Response()

        here.receiver.answers = answer
        here.floods(40)
        await here.arrives()
        await here.receiver.has(4)
        await never(lambda: len(here.receiver.got) > 4)
        go_on.set()
        await here.are(endpoint, delivered=40)
        assert here.receiver.most_at_once == 4


# --- poison -------------------------------------------------------------------------------------------------------


def poisonous(stream: str, sequence: int = 2) -> Any:
    return failing(lambda one: one.stream == stream and one.body["sequence"] == sequence)


async def test_a_head_that_blocks_is_parked_and_stays_so_over_a_restart(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes(on_poison="block")
        first = here.books("09:00")
        here.receiver.answers = poisonous(first)
        here.confirms(first)
        here.checks_in(first)
        second = here.books("10:00")
        await here.arrives()
        await here.are(endpoint, delivered=2, parked=1, waiting=3)
        assert told(here.receiver.got, second) == [(1, BOOKED)]
        await here.ends()
        here.starts()
        before = len(here.receiver.got)
        await never(lambda: len(here.receiver.got) > before)
        await here.are(endpoint, delivered=2, parked=1, waiting=3)


async def test_a_parked_head_is_sent_again_by_hand_and_its_stream_goes_on(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes(on_poison="block")
        first = here.books("09:00")
        here.receiver.answers = poisonous(first)
        here.confirms(first)
        here.checks_in(first)
        await here.arrives()
        await here.are(endpoint, delivered=1, parked=1, waiting=3)
        parked, here.receiver.answers = here.receiver.got[-1].id, None
        assert await attempts.resend(here.sources, here.tenant, endpoint.id, parked)
        await here.are(endpoint, delivered=5)
        assert [sequence for sequence, _ in told(here.receiver.got, first)] == [1, 2, 2, 3, 3]
        assert all(one.body["gap"] == [] for one in here.receiver.got)


async def test_a_parked_head_is_skipped_by_hand_and_the_next_names_the_gap_once(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes(on_poison="block", types=[BOOKED, CONFIRMED, "appointment.checked_in"])
        first = here.books("09:00")
        here.receiver.answers = poisonous(first)
        here.confirms(first)
        here.checks_in(first)
        await here.arrives()
        await here.are(endpoint, delivered=1, parked=1, waiting=1)
        assert await attempts.skip(here.sources, here.tenant, endpoint.id, here.receiver.got[-1].id)
        await here.are(endpoint, delivered=2, skipped=1)
        last = here.receiver.got[-1].body
        assert (last["sequence"], last["previous_sequence"], last["gap"]) == (3, 1, [2])
        assert not await attempts.skip(here.sources, here.tenant, endpoint.id, here.receiver.got[-1].id)


async def test_a_skipped_head_is_named_as_a_gap_once_also_over_a_restart(postgres: Any) -> None:
    async with hooked(postgres) as here:
        wanted = [BOOKED, CONFIRMED, "appointment.checked_in", "appointment.cancelled"]
        endpoint = await here.subscribes(on_poison="skip", types=wanted)
        first = here.books("09:00")
        here.receiver.answers = poisonous(first)
        here.confirms(first)
        await here.arrives()
        await here.are(endpoint, delivered=1, dead=1)
        await here.ends()
        here.starts()
        here.checks_in(first)
        second = here.books("10:00")
        here.confirms(second)
        await here.arrives()
        await here.are(endpoint, delivered=4, dead=1)
        heard = [one.body for one in here.receiver.got if one.stream == first and one.body["sequence"] == 3]
        assert [(body["previous_sequence"], body["gap"]) for body in heard] == [(1, [2])]
        others = [one.body["gap"] for one in here.receiver.got if one.stream == second]
        assert others == [[], []]


async def test_the_gap_is_told_once_though_the_first_to_tell_it_is_tried_again(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes(on_poison="skip", schedule_seconds=AT_ONCE[:2])
        first = here.books("09:00")
        seen: list[Received] = []

        async def answer(one: Received) -> web.Response:
            again = any(one.id == other.id for other in seen)
            seen.append(one)
            fails = one.body["type"] == CONFIRMED or (one.body["type"] == CHANGED and not again)
            return web.Response(status=500 if fails else 200)

        here.receiver.answers = answer
        here.confirms(first)
        here.checks_in(first)
        await here.arrives()
        await here.are(endpoint, delivered=4, dead=1)
        gaps = [(one.body["type"], one.body["sequence"], tuple(one.body["gap"])) for one in seen]
        assert [gap for *_, gap in gaps].count((2,)) == 2, "an attempt's body differs from the one before"
        bodies = {one.id: set() for one in seen}  # type: dict[str, set[bytes]]
        for one in seen:
            bodies[one.id].add(one.raw)
        assert all(len(raws) == 1 for raws in bodies.values()), "a body once sent under an id has changed"


async def test_without_order_a_failure_delays_nobody(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes(ordered=False, schedule_seconds=[0, 600])
        first = here.books("09:00")
        here.receiver.answers = poisonous(first, sequence=1)
        here.confirms(first)
        here.checks_in(first)
        await here.arrives()
        await here.are(endpoint, delivered=4, ready=1)


async def test_changing_the_policy_gives_parked_heads_up(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes(on_poison="block")
        first = here.books("09:00")
        here.receiver.answers = poisonous(first)
        here.confirms(first)
        here.checks_in(first)
        await here.arrives()
        await here.are(endpoint, delivered=1, parked=1, waiting=3)
        here.receiver.answers = None
        await endpoints.change(here.sources, here.tenant, endpoint.id, {"on_poison": "skip"})
        await here.are(endpoint, delivered=4, dead=1)
