"""Rows and mails over a real database and a real SMTP conversation: each message once, in order, and never stale."""

import asyncio
from typing import Any

import pytest
from icalendar import Calendar

from notification.app import begin
from notification.channels.port import Outgoing, Sent
from posting import CANCEL, PARTS, Posting, move_to, posting, remind
from projections.projector import Projector
from samples import TENANT, book


def invitation(mail: Any) -> tuple[str, int]:
    """Of a mail: its iTIP method, which its MIME type says too, and the sequence."""
    [part] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    calendar: Any = Calendar.from_ical(part.get_payload(decode=True))
    assert part.get_param("method") == calendar["METHOD"]
    return str(calendar["METHOD"]), int(calendar.walk("VEVENT")[0]["SEQUENCE"])


async def test_booked_moved_and_cancelled_are_three_mails_in_order_with_a_rising_sequence(postgres: Any) -> None:
    async with posting(postgres) as here:
        for what in (book("15:00"), move_to("16:00"), CANCEL):
            await here.happens(what)
            await here.sweeps()
        assert [invitation(mail) for mail in here.mails()] == [("REQUEST", 0), ("REQUEST", 1), ("CANCEL", 2)]


async def test_two_sweepers_never_send_the_same_twice(postgres: Any) -> None:
    async with posting(postgres) as here:
        await here.happens(*(book(f"{hour}:00") for hour in range(9, 17)))
        await asyncio.gather(*(here.sweeper(instance=name, size=3).wave() for name in "123456"))
        while await here.sweeps():
            pass
        assert len(here.mails()) == 8
        assert len({mail["Message-ID"] for mail in here.mails()}) == 8


# --- at least once, and the ambiguous window ----------------------------------------------------------------------


class Peeking:
    """A channel that looks at what is committed while it sends."""

    def __init__(self, here: Posting, then: Any = None) -> None:
        self.here, self.then = here, then
        self.seen: list[tuple[str, int | None]] = []
        self.ids: list[str] = []
        self.began = asyncio.Event()

    async def send(self, outgoing: Outgoing) -> Sent:
        self.seen = [(row["status"], row["attempts"]) for row in await self.here.rows(kind="booked")]
        self.ids.append(outgoing.message_id)
        self.began.set()
        if self.then:
            await self.then()
        return Sent("sent", "250")

    async def close(self) -> None:
        """Nothing is open."""


async def test_the_attempt_is_committed_before_anything_goes_out(postgres: Any) -> None:
    async with posting(postgres) as here:
        await here.happens(book("15:00"))
        peeking = Peeking(here)
        await here.sweeps(channel=peeking)
        assert peeking.seen == [("sending", 1)]
        assert [(one["number"], one["result"]) for one in await here.attempts()] == [(1, "sent")]


async def test_a_sender_that_died_while_it_sent_is_followed_by_one_repeat_under_the_same_id(postgres: Any) -> None:
    async with posting(postgres) as here:
        await here.happens(book("15:00"))
        peeking = Peeking(here, then=asyncio.Event().wait)
        sending = asyncio.create_task(here.sweeps(channel=peeking))
        await asyncio.wait_for(peeking.began.wait(), 10)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        assert await here.sweeps(instance="2") == 0, "nobody else may send it before its time is over"
        await here.restarts()
        assert await here.sweeps() == 1
        assert [mail["Message-ID"] for mail in here.mails()] == peeking.ids
        assert [(one["number"], one["result"]) for one in await here.attempts()] == [(1, "unknown"), (2, "sent")]
        assert await here.sweeps() == 0


async def test_a_line_cut_after_the_dot_is_followed_by_one_repeat_under_the_same_id(postgres: Any) -> None:
    async with posting(postgres) as here:
        await here.happens(book("15:00"))
        here.room.hang_up_after_dot = 1
        await here.sweeps()
        here.at("08:01")
        await here.sweeps()
        first, second = here.mails()
        assert first["Message-ID"] == second["Message-ID"]
        assert await here.status("booked") == [("sent", None)]


async def test_retries_follow_the_schedule_and_end(postgres: Any) -> None:
    async with posting(postgres) as here:
        await here.happens(book("15:00"))
        here.room.answer("RCPT", "451 later", "451 later", "451 later")
        for time, swept in (("08:00", 1), ("08:00:59", 0), ("08:01", 1), ("08:05:59", 0), ("08:06", 1), ("12:00", 0)):
            here.at(time)
            assert await here.sweeps() == swept, time
        [(status, reason)] = await here.status("booked")
        assert status == "failed"
        assert reason is not None
        assert "451" in reason


async def test_who_is_refused_for_good_gets_no_reminders_but_other_messages(postgres: Any) -> None:
    async with posting(postgres) as here:
        await here.happens(remind(60), book("15:00"))
        here.room.answer("RCPT", "550 5.1.1 nobody of that name: joe@example.com")
        await here.sweeps()
        [(status, reason)] = await here.status("booked")
        assert status == "bounced"
        assert "joe" not in str(reason)
        here.at("14:00")
        await here.sweeps()
        assert await here.status("reminder") == [("suppressed", "address_suppressed")]
        await here.happens(move_to("16:00"))
        await here.sweeps()
        assert await here.status("rescheduled") == [("sent", None)]


# --- order --------------------------------------------------------------------------------------------------------


async def test_a_cancel_waits_for_its_request_that_is_on_its_way(postgres: Any) -> None:
    async with posting(postgres) as here:
        await here.happens(book("15:00"))
        gate = asyncio.Event()
        peeking = Peeking(here, then=gate.wait)
        sending = asyncio.create_task(here.sweeps(channel=peeking))
        await asyncio.wait_for(peeking.began.wait(), 10)
        await here.happens(CANCEL)
        assert await here.sweeps(instance="2") == 0
        gate.set()
        await sending
        assert await here.sweeps(instance="2") == 1
        assert [invitation(mail)[0] for mail in here.mails()] == ["CANCEL"]


async def test_a_request_that_could_not_be_sent_before_the_cancel_never_is(postgres: Any) -> None:
    async with posting(postgres) as here:
        await here.happens(book("15:00"))
        here.room.answer("RCPT", "451 later")
        await here.sweeps()
        await here.happens(CANCEL)
        here.at("09:00")
        while await here.sweeps():
            pass
        assert [invitation(mail)[0] for mail in here.mails()] == ["CANCEL"]
        assert await here.status("booked") == [("superseded", "cancelled")]


@pytest.mark.parametrize(("what", "reason"), [(CANCEL, "cancelled"), (move_to("16:00"), "moved")])
async def test_the_log_has_the_last_word_over_a_reminder(postgres: Any, what: Any, reason: str) -> None:
    """What superseded it is in the log; notification has not heard of it."""
    async with posting(postgres) as here:
        await here.happens(remind(60), book("15:00", notify={"customer": False}))
        await here.decided(what)
        here.at("14:00")
        await here.sweeps()
        assert here.mails() == []
        assert await here.status("reminder") == [("superseded", reason)]


async def test_a_reminder_is_moved_with_its_appointment_and_dropped_with_it(postgres: Any) -> None:
    async with posting(postgres) as here:
        await here.happens(remind(60), book("13:00"))
        await here.happens(move_to("15:00"))
        assert [(row["version"], row["status"]) for row in await here.rows(kind="reminder")] == [
            (1, "superseded"), (2, "planned"),
        ]  # fmt: skip
        await here.happens(CANCEL)
        here.at("14:00")
        await here.sweeps()
        assert [row["status"] for row in await here.rows(kind="reminder")] == ["superseded", "superseded"]


async def test_cancelling_one_booking_leaves_the_reminders_of_another(postgres: Any) -> None:
    async with posting(postgres) as here:
        await here.happens(remind(60), book("13:00"), book("15:00"))
        await here.happens(CANCEL)
        here.at("12:00")
        await here.sweeps()
        assert sorted(row["status"] for row in await here.rows(kind="reminder")) == ["sent", "superseded"]


async def test_a_reminder_offers_to_end_them(postgres: Any) -> None:
    async with posting(postgres) as here:
        await here.happens(remind(60), book("15:00"))
        here.at("14:00")
        await here.sweeps()
        booked, reminder = here.mails()
        assert booked["List-Unsubscribe"] is None
        assert "/v1/notifications/unsubscribe/" in reminder["List-Unsubscribe"]
        assert reminder["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


async def test_who_sleeps_when_a_late_sweeper_comes_is_not_woken(postgres: Any) -> None:
    async with posting(postgres) as here:
        await here.happens(remind(60, quiet_hours={"start": "14:30", "end": "14:45"}), book("15:00"))
        here.at("14:35")
        await here.sweeps()
        assert await here.status("reminder") == [("planned", None)]
        here.at("14:45")
        await here.sweeps()
        assert await here.status("reminder") == [("sent", None)]


# --- history ------------------------------------------------------------------------------------------------------


async def test_the_topic_read_again_from_its_beginning_plans_and_sends_nothing_twice(postgres: Any) -> None:
    async with posting(postgres) as here:
        await here.happens(remind(60), book("15:00"))
        await here.sweeps()
        before, mails = await here.rows(), len(here.room.taken)
        await here.pool.execute("update checkpoints set pos = 0, kafka_offset = 0")
        again = Projector(here.model, here.pool, here.log, here.sources.freshness)
        for part, head in (await here.log.heads()).items():
            if head.position:
                await again.catch_up(part)
        assert await here.rows() == before
        here.at("08:30")
        assert await here.sweeps() == 0
        assert len(here.room.taken) == mails


async def test_what_happened_before_the_first_start_is_told_to_nobody_but_reminded_of(postgres: Any) -> None:
    async with posting(postgres, history=True) as here:
        records = await here.decided(remind(60, 300), book("15:00"))
        here.at("11:00")
        await begin(here.pool, here.log, here.office.clock, PARTS)
        await here.arrives(records)
        assert [(row["kind"], row["offset_minutes"]) for row in await here.rows()] == [("reminder", 60)]
        await here.happens(move_to("16:00"))
        assert len(await here.rows(kind="rescheduled")) == 1


async def test_a_new_era_cancels_what_is_unsent_beyond_its_beginning(postgres: Any) -> None:
    async with posting(postgres) as here:
        [*_, last] = await here.happens(remind(60), book("15:00", notify={"customer": False}))
        [moved] = await here.happens(move_to("16:00"))
        async with here.pool.acquire() as connection, connection.transaction():
            await here.model.rewind(connection, 1, last.part, last.pos)
        assert [(row["version"], row["status"], row["reason"]) for row in await here.rows(kind="reminder")] == [
            (1, "planned", None), (2, "superseded", "void"),
        ]  # fmt: skip
        assert await here.status("rescheduled") == [("superseded", "void")]
        assert moved.pos == last.pos + 1


async def test_no_row_holds_a_name_or_an_address(postgres: Any) -> None:
    async with posting(postgres) as here:
        await here.happens(remind(60), book("15:00", notes="a secret"), CANCEL)
        await here.sweeps()
        for table in ("notifications", "attempts", "suppressions", "books"):
            text = str([tuple(row) for row in await here.pool.fetch(f"select t::text from {table} t")])
            assert "joe@example.com" not in text, table
            assert "Joe Doe" not in text, table
            assert "a secret" not in text, table
        assert TENANT in str(await here.rows())
