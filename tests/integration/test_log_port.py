"""The log's port, method by method: PostgreSQL and memory keep the same promises."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from eventlog.log import (
    DIARY_INTERVAL_ONCE,
    EVENTS_STREAM_ONCE,
    EVENTS_VERSION_ONCE,
    INBOX_COMMAND_ONCE,
    KEYS_ONCE,
    AlreadyThere,
    BookRow,
    InboxKey,
    KeyRow,
    Log,
    LookUp,
    NotPlaced,
    Timer,
    TimeRunsBackwards,
    Wanted,
    WantedDays,
)
from eventlog.memory import MemoryLog
from eventlog.postgres import PostgresLog
from logs import TENANT, answer, change, event, interval, log_database, now, take

DAY = 20_500


@pytest.fixture(params=["postgres", "memory"])
async def log(request: pytest.FixtureRequest, postgres: Any) -> AsyncIterator[Log]:
    """A log with the partitions 0 to 11."""
    if request.param == "memory":
        yield MemoryLog()
        return
    opened = await PostgresLog.open({"main": await log_database(postgres)}, writer=True)
    yield opened
    await opened.close()


# --- owners and heads -------------------------------------------------------------------------------------------------


async def test_every_owner_starts_with_a_higher_number(log: Log) -> None:
    owners = [await log.new_owner("a") for _ in range(3)]
    assert owners[0].start < owners[1].start < owners[2].start
    assert str(owners[0]) == f"a#{owners[0].start}"


async def test_taking_over_raises_the_epoch_and_names_the_owner(log: Log) -> None:
    owner = await log.new_owner("a")
    first = (await log.take_over([3], owner, now()))[3]
    second = (await log.take_over([3], owner, now()))[3]
    assert (second.epoch, second.owner, second.position) == (first.epoch + 1, str(owner), 0)
    assert (await log.heads())[3] == second


async def test_taking_over_leaves_other_partitions_alone(log: Log) -> None:
    await take(log, 3)
    assert (await log.heads())[4].epoch == 0


async def test_a_partition_that_was_never_placed_is_absent_from_a_take_over(log: Log) -> None:
    assert set(await take(log, 3, 99)) == {3}


async def test_a_partition_that_was_never_placed_cannot_be_read(log: Log) -> None:
    with pytest.raises(NotPlaced):
        await log.read(99, 0)
    with pytest.raises(NotPlaced):
        await log.stream(99, TENANT, "appointment/apt_1")
    with pytest.raises(NotPlaced):
        await log.keys(99, [(TENANT, "")])
    with pytest.raises(NotPlaced):
        await log.load([Wanted(part=99)])
    with pytest.raises(NotPlaced):
        await log.due_timers([99], now(), 10)


async def test_an_append_to_a_partition_that_was_never_placed_fails_its_compare(log: Log) -> None:
    heads = await take(log, 3)
    stray = change(heads[3])
    stray.part = 99
    assert await log.append([stray, change(heads[3], events=1)], now()) == {99}
    assert len(await log.read(3, 0)) == 1


async def test_the_head_says_what_the_last_append_said(log: Log) -> None:
    head = (await take(log, 3))[3]
    appended = change(head, events=2, offset=17, published=1)
    await log.append([appended], now())
    after = (await log.heads())[3]
    assert (after.position, after.offset, after.published, after.decided_at) == (2, 17, 1, appended.decided_at)
    assert (await take(log, 3))[3].position == 2


# --- appending and reading --------------------------------------------------------------------------------------------


async def test_what_was_appended_is_read_in_order(log: Log) -> None:
    head = (await take(log, 3))[3]
    rows = [event(1, stream="a/1"), event(2, stream="b/1"), event(3, stream="a/1", version=2)]
    await log.append([change(head, rows=rows)], now())
    pages = await log.read(3, 0)
    assert [(page.part, *page[1:6], page.state) for page in pages] == [(3, *row[:5], row.state) for row in rows]


async def test_a_page_begins_after_a_position_and_ends_at_another_or_at_its_limit(log: Log) -> None:
    head = (await take(log, 3))[3]
    await log.append([change(head, events=9)], now())
    assert [page.pos for page in await log.read(3, 2, upto=5)] == [3, 4, 5]
    assert [page.pos for page in await log.read(3, 2, limit=2)] == [3, 4]
    assert await log.read(3, 9) == []


async def test_a_page_of_one_tenant_leaves_out_the_others(log: Log) -> None:
    head = (await take(log, 3))[3]
    await log.append([change(head, rows=[event(n, tenant="acme" if n % 2 else "other") for n in range(1, 7)])], now())
    assert [page.pos for page in await log.read(3, 0, tenant="acme", limit=2)] == [1, 3]


async def test_a_stream_is_read_from_its_first_version(log: Log) -> None:
    head = (await take(log, 3))[3]
    rows = [event(n, stream="appointment/x" if n != 2 else "appointment/y", version=max(1, n - 1)) for n in (1, 2, 3)]
    await log.append([change(head, rows=rows)], now())
    assert [(page.pos, page.version) for page in await log.stream(3, TENANT, "appointment/x")] == [(1, 1), (3, 2)]
    assert await log.stream(3, "other", "appointment/x") == []


async def test_many_streams_are_read_at_once_each_from_its_first_version(log: Log) -> None:
    head = (await take(log, 3))[3]
    rows = [event(n, stream="appointment/x" if n != 2 else "appointment/y", version=max(1, n - 1)) for n in (1, 2, 3)]
    await log.append([change(head, rows=rows)], now())
    found = await log.streams(3, [(TENANT, f"appointment/{name}") for name in "xyz"] + [("other", "appointment/x")])
    versions = {stream: [(page.pos, page.version) for page in pages] for (_, stream), pages in found.items()}
    assert versions == {"appointment/x": [(1, 1), (3, 2)], "appointment/y": [(2, 1)]}
    assert await log.streams(3, []) == {}
    with pytest.raises(NotPlaced):
        await log.streams(99, [(TENANT, "appointment/x")])


async def test_the_last_version_before_another_is_found_by_its_types(log: Log) -> None:
    head = (await take(log, 3))[3]
    types = ["AppointmentBooked", "AppointmentRescheduled", "AppointmentConfirmed", "AppointmentRescheduled"]
    rows = [event(n, stream="appointment/x", version=n)._replace(type=name) for n, name in enumerate(types, start=1)]
    await log.append([change(head, rows=[*rows, event(5, stream="appointment/y")])], now())
    seen = {"appointment/x": 4, "appointment/y": 9, "appointment/z": 2}
    moved = {"AppointmentRescheduled"}
    assert await log.last_before(3, TENANT, seen, moved) == {"appointment/x": 2}
    assert await log.last_before(3, TENANT, seen, {"AppointmentBooked"}) == {"appointment/x": 1, "appointment/y": 1}
    assert await log.last_before(3, TENANT, {"appointment/x": 2}, moved) == {}
    assert await log.last_before(3, "other", seen, moved) == {}
    assert await log.last_before(3, TENANT, {}, moved) == {}


async def test_a_stream_presumed_new_is_looked_for_with_the_append(log: Log) -> None:
    head = (await take(log, 3))[3]
    await log.append([change(head, rows=[event(1, stream="a/1")], presumed=[(TENANT, "a/2"), ("other", "a/1")])], now())
    heads = await take(log, 3, 4)
    with pytest.raises(AlreadyThere, match=EVENTS_STREAM_ONCE):
        await log.append([change(heads[4]), change(heads[3], rows=[event(2)], presumed=[(TENANT, "a/1")])], now())
    assert (await log.heads())[3].position == 1


async def test_what_an_append_opens_itself_it_cannot_presume_away(log: Log) -> None:
    head = (await take(log, 3))[3]
    with pytest.raises(AlreadyThere, match=EVENTS_STREAM_ONCE):
        await log.append([change(head, rows=[event(1, stream="a/1")], presumed=[(TENANT, "a/1")])], now())


async def test_what_is_presumed_by_who_was_fenced_contradicts_nobody(log: Log) -> None:
    old = (await take(log, 3))[3]
    await log.append([change((await take(log, 3))[3], rows=[event(1, stream="a/1")])], now())
    assert await log.append([change(old, presumed=[(TENANT, "a/1")])], now()) == {3}


@pytest.mark.parametrize(("version", "constraint"), [(1, EVENTS_STREAM_ONCE), (2, EVENTS_VERSION_ONCE)])
async def test_a_version_of_a_stream_is_written_once(log: Log, version: int, constraint: str) -> None:
    head = (await take(log, 3))[3]
    await log.append([change(head, rows=[event(1, stream="a/1"), event(2, stream="a/1", version=2)])], now())
    head = (await take(log, 3))[3]
    with pytest.raises(AlreadyThere, match=constraint):
        await log.append([change(head, rows=[event(3, stream="a/1", version=version)])], now())
    assert (await log.heads())[3].position == 2


async def test_two_tenants_and_two_partitions_may_use_one_name_for_a_stream_and_for_a_command(log: Log) -> None:
    """Also where the parts of one name, put together, read like the parts of the other."""
    heads = await take(log, 1, 3)
    streams = [("acme", "a/1"), ("acm", "ea/1"), ("acmea", "/1")]
    rows = [event(pos, tenant=tenant, stream=stream) for pos, (tenant, stream) in enumerate(streams, 1)]
    keys = [("acme", "web", "1/2"), ("acme", "web1", "/2"), ("acm", "eweb", "1/2"), ("acme", "we", "b1/2")]
    answers = [answer("")._replace(tenant=tenant, source=source, command_id=id) for tenant, source, id in keys]
    both = [change(heads[part], rows=rows, inbox=answers) for part in (1, 3)]
    assert await log.append(both, now()) == set()
    wanted = [Wanted(part=part, streams=set(streams), inbox={InboxKey(*key) for key in keys}) for part in (1, 3)]
    for loaded in (await log.load(wanted)).values():
        assert loaded.inbox.keys() == {InboxKey(*key) for key in keys}
        assert {key: len(found) for key, found in loaded.streams.items()} == dict.fromkeys(streams, 1)


async def test_rows_that_are_not_the_next_positions_are_refused(log: Log) -> None:
    head = (await take(log, 3))[3]
    with pytest.raises(ValueError, match="do not follow"):
        await log.append([change(head, rows=[event(2)])], now())


async def test_a_partition_stands_once_in_a_batch(log: Log) -> None:
    head = (await take(log, 3))[3]
    with pytest.raises(ValueError, match="twice"):
        await log.append([change(head), change(head)], now())


async def test_a_decision_earlier_than_the_last_one_is_refused(log: Log) -> None:
    head = (await take(log, 3))[3]
    await log.append([change(head, events=1, later=60)], now())
    head = (await take(log, 3))[3]
    with pytest.raises(TimeRunsBackwards):
        await log.append([change(head, events=1, decided_at=head.decided_at - timedelta(microseconds=1))], now())
    assert await log.append([change(head, events=1, decided_at=head.decided_at)], now()) == set()


# --- loading ----------------------------------------------------------------------------------------------------------


async def test_a_batch_loads_what_it_names_and_nothing_else(log: Log) -> None:
    head = (await take(log, 3))[3]
    rows = [event(1, stream="a/1"), event(2, stream="a/1", version=2), event(3, stream="b/1")]
    book, keys = BookRow(TENANT, 3, b"book"), [KeyRow(TENANT, "", 1, b"tenant"), KeyRow(TENANT, "cus_1", 1, b"one")]
    written = change(
        head,
        rows=rows,
        inbox=[answer("c1"), answer("c2")],
        books=[book],
        keys=keys,
        look_ups=[LookUp(TENANT, "e", "cus_1")],
    )
    await log.append([written], now())
    wanted = Wanted(
        part=3,
        tenants={TENANT, "other"},
        streams={(TENANT, "a/1"), (TENANT, "c/1"), ("other", "a/1")},
        inbox={InboxKey(TENANT, "web", "c1"), InboxKey(TENANT, "desk", "c2"), InboxKey("other", "web", "c1")},
        look_ups={(TENANT, "e"), ("other", "e")},
    )
    loaded = (await log.load([wanted, Wanted(part=4, tenants={TENANT})]))[3]
    assert loaded.books == {TENANT: book}
    assert loaded.streams == {(TENANT, "a/1"): [b"state 1", b"state 2"]}
    assert loaded.inbox == {InboxKey(TENANT, "web", "c1"): written.inbox[0]}
    assert loaded.look_ups == {(TENANT, "e"): "cus_1"}
    assert loaded.keys == keys[:1]


async def test_partitions_are_loaded_apart(log: Log) -> None:
    heads = await take(log, 3, 4)
    await log.append([change(heads[3], books=[BookRow(TENANT, 1, b"3")]), change(heads[4])], now())
    loaded = await log.load([Wanted(part=3, tenants={TENANT}), Wanted(part=4, tenants={TENANT})])
    assert (len(loaded[3].books), len(loaded[4].books)) == (1, 0)


async def test_a_resource_day_loads_its_intervals(log: Log) -> None:
    head = (await take(log, 3))[3]
    ann = [interval("appointment/1", DAY), interval("appointment/2", DAY, minute=700)]
    rest = [interval("appointment/1", DAY + 1), interval("appointment/3", DAY, resource="bob")]
    await log.append([change(head, diary=ann + rest)], now())
    loaded = (await log.load_days([WantedDays(part=3, days={(TENANT, "ann", DAY), (TENANT, "ann", DAY + 2)})]))[3]
    assert {day: sorted(rows) for day, rows in loaded.days.items()} == {(TENANT, "ann", DAY): ann}


async def test_every_member_of_an_interval_survives(log: Log) -> None:
    head = (await take(log, 3))[3]
    held = interval("appointment/1", DAY)._replace(
        kind="held", expires_at=now(), owner="basket-17", event_id="evt_1.3.1"
    )
    await log.append([change(head, diary=[held])], now())
    loaded = (await log.load_days([WantedDays(part=3, days={(TENANT, "ann", DAY)})]))[3]
    assert loaded.days == {(TENANT, "ann", DAY): [held]}


async def test_clearing_a_stream_takes_its_intervals_off_every_day_before_new_ones_are_written(log: Log) -> None:
    head = (await take(log, 3))[3]
    over_midnight = [interval("appointment/1", DAY), interval("appointment/1", DAY + 1)]
    await log.append([change(head, diary=[*over_midnight, interval("appointment/2", DAY, minute=700)])], now())
    moved = interval("appointment/1", DAY + 1, minute=800)
    cleared = [(TENANT, "appointment/1")]
    await log.append([change((await log.heads())[3], diary_cleared=cleared, diary=[moved])], now())
    days = {(TENANT, "ann", DAY), (TENANT, "ann", DAY + 1)}
    loaded = (await log.load_days([WantedDays(part=3, days=days)]))[3]
    assert {row.stream for row in loaded.days[TENANT, "ann", DAY]} == {"appointment/2"}
    assert loaded.days[TENANT, "ann", DAY + 1] == [moved]


async def test_clearing_a_stream_of_one_tenant_leaves_anothers_alone(log: Log) -> None:
    head = (await take(log, 3))[3]
    await log.append([change(head, diary=[interval("appointment/1", DAY, tenant="other")])], now())
    await log.append([change((await log.heads())[3], diary_cleared=[(TENANT, "appointment/1")])], now())
    assert (await log.load_days([WantedDays(part=3, days={("other", "ann", DAY)})]))[3].days


async def test_an_interval_of_a_stream_is_written_once_a_day(log: Log) -> None:
    head = (await take(log, 3))[3]
    await log.append([change(head, diary=[interval("appointment/1", DAY)])], now())
    with pytest.raises(AlreadyThere, match=DIARY_INTERVAL_ONCE):
        await log.append([change(head, diary=[interval("appointment/1", DAY)])], now())


async def test_subjects_load_their_keys(log: Log) -> None:
    head = (await take(log, 3))[3]
    keys = [KeyRow(TENANT, "cus_1", 1, b"one"), KeyRow(TENANT, "cus_2", 1, b"two"), KeyRow("other", "cus_1", 1, b"x")]
    await log.append([change(head, keys=keys)], now())
    assert (await log.load_days([WantedDays(part=3, subjects={(TENANT, "cus_1")})]))[3].keys == keys[:1]
    assert sorted(await log.keys(3, [(TENANT, "cus_1"), (TENANT, "cus_2"), (TENANT, "cus_3")])) == keys[:2]


async def test_a_key_is_never_overwritten(log: Log) -> None:
    head = (await take(log, 3))[3]
    key = KeyRow(TENANT, "cus_1", 1, b"one")
    await log.append([change(head, keys=[key])], now())
    with pytest.raises(AlreadyThere, match=KEYS_ONCE):
        await log.append([change(head, keys=[key._replace(wrapped=b"two")])], now())
    assert await log.keys(3, [(TENANT, "cus_1")]) == [key]


async def test_an_answer_is_never_overwritten(log: Log) -> None:
    head = (await take(log, 3))[3]
    await log.append([change(head, inbox=[answer("c1")])], now())
    with pytest.raises(AlreadyThere, match=INBOX_COMMAND_ONCE):
        await log.append([change(head, events=1, inbox=[answer("c1", pos=1)])], now())
    assert (await log.heads())[3].position == 0


async def test_books_and_look_ups_take_the_newest_value(log: Log) -> None:
    head = (await take(log, 3))[3]
    for pos, whose in ((1, "cus_1"), (2, "cus_2")):
        row = BookRow(TENANT, pos, whose.encode())
        await log.append([change(head, books=[row], look_ups=[LookUp(TENANT, "e", whose)])], now())
    loaded = (await log.load([Wanted(part=3, tenants={TENANT}, look_ups={(TENANT, "e")})]))[3]
    assert loaded.books == {TENANT: BookRow(TENANT, 2, b"cus_2")}
    assert loaded.look_ups == {(TENANT, "e"): "cus_2"}


# --- timers -----------------------------------------------------------------------------------------------------------


async def test_due_timers_come_earliest_first_and_so_many_a_partition(log: Log) -> None:
    heads = await take(log, 3, 4, 5)
    start = now()
    timers = [Timer(TENANT, f"appointment/{n}", "expiry", start + timedelta(minutes=n)) for n in (3, 1, 2, 9)]
    await log.append([change(heads[3], timers=timers), change(heads[4], timers=timers[:1])], now())
    due = await log.due_timers([3, 4, 5], start + timedelta(minutes=3), 2)
    assert due == {3: [timers[1], timers[2]], 4: [timers[0]]}


async def test_a_stream_has_one_timer_of_a_kind_until_it_is_cleared(log: Log) -> None:
    head = (await take(log, 3))[3]
    timer = Timer(TENANT, "appointment/1", "expiry", now())
    later = timer._replace(due_at=timer.due_at + timedelta(minutes=5))
    other = timer._replace(kind="accept")
    soon = later.due_at + timedelta(minutes=1)
    await log.append([change(head, timers=[timer, other])], now())
    await log.append([change(head, timers=[later])], now())
    assert await log.due_timers([3], soon, 9) == {3: [other, later]}
    await log.append([change(head, timers_cleared=[(TENANT, "appointment/1")], timers=[other])], now())
    assert await log.due_timers([3], soon, 9) == {3: [other]}
