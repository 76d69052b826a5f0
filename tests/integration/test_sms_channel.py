"""Text messages over a real HTTP gateway on loopback, and the log channel in its place."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from kit.settings import Settings
from mailroom import outgoing, raw_server
from notification.channels.logged import LogChannel
from notification.channels.opening import open_channels
from notification.channels.port import Sent
from notification.channels.sms import SmsChannel


class Gateway:
    """What was posted, and what to answer."""

    def __init__(self) -> None:
        self.posted: list[tuple[dict[str, str], Any]] = []
        self.status = 202
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.posted.append((dict(request.headers), await request.json()))
        return web.Response(status=self.status, headers={"Location": "/elsewhere"}, text="x" * 100_000)


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    made = Gateway()
    app = web.Application()
    app.router.add_post("/messages", made.take)
    app.router.add_route("*", "/elsewhere", made.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/messages"
    yield made
    await runner.cleanup()


async def send(gateway: Gateway, to: str = "+1 (555) 010-0", **changed: Any) -> Sent:
    channel = SmsChannel(gateway.url, "token", "Acme")
    try:
        return await channel.send(outgoing(to, **changed))
    finally:
        await channel.close()


async def test_a_text_message_is_one_post_with_its_id(gateway: Gateway) -> None:
    assert await send(gateway) == Sent("sent", "http_202")
    [(headers, body)] = gateway.posted
    assert body == {"id": "<ntf_1@example.com>", "to": "+15550100", "text": "Grüße\n.\n..dots", "from": "Acme"}
    assert headers["Idempotency-Key"] == "<ntf_1@example.com>"
    assert headers["Authorization"] == "Bearer token"


@pytest.mark.parametrize(
    ("status", "result", "refused"),
    [(200, "sent", False), (400, "bounced", True), (422, "bounced", True), (410, "bounced", True),
     (401, "retry", False), (403, "retry", False), (429, "retry", False), (500, "retry", False),
     (503, "retry", False), (302, "retry", False), (307, "retry", False)],
)  # fmt: skip
async def test_what_a_gateway_answers_says_whether_to_try_again(
    gateway: Gateway, status: int, result: str, refused: bool
) -> None:
    gateway.status = status
    sent = await send(gateway)
    assert (sent.result, sent.detail, sent.address_refused) == (result, f"http_{status}", refused)
    assert len(gateway.posted) == 1, "a redirect is not followed"


@pytest.mark.parametrize("number", ["", "joe@example.com", "12", "+", "1" * 16, "+1555\r\nX: y", "٣٤٥٦٧٨٩"])
async def test_what_is_no_number_is_final_and_dials_nothing(gateway: Gateway, number: str) -> None:
    assert await send(gateway, number) == Sent("bounced", "no such number", address_refused=True)
    assert gateway.posted == []


async def test_a_gateway_that_hangs_or_is_away_is_tried_again() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    async def gibberish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 this is mail\r\n")
        await writer.drain()

    async with raw_server(silent) as port:
        assert await _once(f"http://127.0.0.1:{port}/") == Sent("retry", "timeout")
    assert (await _once(f"http://127.0.0.1:{port}/")).result == "retry"
    async with raw_server(gibberish) as port:
        assert (await _once(f"http://127.0.0.1:{port}/")).result == "retry"


async def _once(url: str) -> Sent:
    channel = SmsChannel(url, seconds=0.3)
    try:
        return await channel.send(outgoing("+15550100"))
    finally:
        await channel.close()


class Lines(list[tuple[str, dict[str, object]]]):
    """A log that keeps what it is told, whatever level the process logs at."""

    def info(self, event: str, **said: object) -> None:
        self.append((event, said))


async def test_the_log_channel_tells_ids_and_nothing_of_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = Lines()
    monkeypatch.setattr("notification.channels.logged.log", lines)
    assert (await LogChannel().send(outgoing())).result == "sent"
    said = str(lines)
    assert "<ntf_1@example.com>" in said
    for personal in ("Joe", "joe@", "Grüße", "Booked"):
        assert personal not in said


def test_without_a_server_messages_are_logged() -> None:
    channels = open_channels(Settings())
    assert all(isinstance(channel, LogChannel) for channel in channels.values())
    named = open_channels(Settings(smtp_host="127.0.0.1", sms_url="http://127.0.0.1:9/"))
    assert not isinstance(named["email"], LogChannel)
    assert not isinstance(named["sms"], LogChannel)
