"""Receivers that answer badly, slowly, too much or not at all: each attempt ends with a name, by its deadline, and
leaves neither a line nor memory behind."""

import asyncio
import gc
import gzip
import socket
import struct
import tracemalloc
from collections.abc import AsyncIterator, Callable

import pytest

from receivers import OK, Caller, Play, answering, receiving
from webhook.sending.line import Line
from webhook.sending.poster import BODY_BYTES, Answer, Poster

BODY = b'{"type": "appointment.created"}'
HEADERS = {"content-type": "application/json"}
SHORT = 0.4
LARGE = b"x" * 262_144


@pytest.fixture
async def poster() -> AsyncIterator[Poster]:
    async with Poster(allow_loopback=True) as poster:
        yield poster


async def post(poster: Poster, play: Play, *, within: float = 10, body: bytes = BODY) -> Answer:
    """One attempt; returns once the receiver, too, has seen the line end."""
    async with receiving(play) as receiver:
        answer = await poster.post(receiver.url(), HEADERS, body, timeout=within)
        await receiver.all_gone()
    return answer


def after_request(*content: bytes, then_wait: bool = False) -> Play:
    """Reads the request, says the content part by part and hangs up, or waits for the caller to."""

    async def play(caller: Caller) -> None:
        await caller.request()
        for part in content:
            await caller.say(part)
        if then_wait:
            await caller.reader.read()

    return play


def for_ever(head: bytes, content: bytes, *, every: float = 0) -> Play:
    async def play(caller: Caller) -> None:
        await caller.request()
        await caller.say(head)
        await caller.say_for_ever(content, every=every)

    return play


async def never_reading(caller: Caller) -> None:
    await asyncio.Event().wait()


# --- slow ---------------------------------------------------------------------------------------------------------

SLOW: dict[str, Play] = {
    "no answer": after_request(then_wait=True),
    "half a status line": after_request(b"HTTP/1.1 2", then_wait=True),
    "half a head": after_request(b"HTTP/1.1 200 OK\r\nContent-Le", then_wait=True),
    "no body": after_request(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", then_wait=True),
    "half a body": after_request(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", then_wait=True),
    "no last chunk": after_request(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", then_wait=True),
    "a head byte by byte": for_ever(b"HTTP/1.1 200 OK\r\nX: ", b"x", every=0.02),
    "a body byte by byte": for_ever(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", b"x", every=0.02),
    "a body without length": for_ever(b"HTTP/1.1 200 OK\r\n\r\n", b"x", every=0.02),
    "one interim answer": after_request(b"HTTP/1.1 100 Continue\r\n\r\n", then_wait=True),
}


@pytest.mark.parametrize("name", SLOW)
async def test_an_answer_that_is_not_whole_by_the_deadline_is_a_timeout(poster: Poster, name: str) -> None:
    answer = await post(poster, SLOW[name], within=SHORT)
    assert (answer.error, answer.success) == ("timeout", False)


@pytest.mark.parametrize("pause", [0.0, 0.02])
async def test_a_request_that_is_not_read_by_the_deadline_is_a_timeout_and_what_is_left_of_it_is_dropped(
    poster: Poster, pause: float
) -> None:
    """Nobody goes on sending: once the receiver reads again, it finds what the kernels held and then the end."""
    over, read = asyncio.Event(), 0

    async def play(caller: Caller) -> None:
        nonlocal read
        while not over.is_set():
            if pause:
                read += len(await caller.reader.read(1))
            await asyncio.sleep(0.02)
        while part := await caller.reader.read(1_000_000):
            read += len(part)

    async with receiving(play) as receiver:
        answer = await poster.post(receiver.url(), HEADERS, LARGE * 128, timeout=SHORT)
        over.set()
        await receiver.all_gone()
    assert (answer.status, answer.error) == (None, "timeout")
    assert read < len(LARGE) * 64


async def test_a_backlog_that_takes_no_caller_is_a_timeout(poster: Poster) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
        answer = await poster.post(f"http://127.0.0.1:{deaf.getsockname()[1]}/", HEADERS, BODY, timeout=SHORT)
        for filler in fillers:
            filler.close()
    assert answer.error == "timeout"


# --- too much -----------------------------------------------------------------------------------------------------

UNREADABLE: dict[str, Play] = {
    "interim answers without end": for_ever(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "early hints without end": for_ever(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 100),
    "a megabyte of headers": after_request(
        b"HTTP/1.1 200 OK\r\n", *[b"X-%d: %s\r\n" % (i, b"x" * 8_000) for i in range(130)], b"\r\n"
    ),
    "a large head of headers each small enough": after_request(
        b"HTTP/1.1 200 OK\r\n", *[b"X-%d: %s\r\n" % (i, b"x" * 8_000) for i in range(100)], b"\r\n"
    ),
    "more interim answers than anybody needs": after_request(
        b"HTTP/1.1 102 Processing\r\n\r\n" * 20, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    ),
    "headers without end": for_ever(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 100),
    "one header without end": for_ever(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 1_000),
    "a status line without end": for_ever(b"HTTP/1.1 200 ", b"x" * 1_000),
    "chunk extensions without end": for_ever(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x" * 4_000),
    "trailers without end": for_ever(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: %s\r\n" % (b"y" * 4_000)
    ),
    "no HTTP": after_request(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "no HTTP without end": for_ever(b"", b"\x00" * 4_000),
    "a status of letters": after_request(b"HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n"),
    "a length of letters": after_request(b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nabcde"),
    "a negative length": after_request(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabcde"),
    "two lengths": after_request(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde"),
    "a length that promises too much": after_request(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nabc"),
    "a chunk of no size": after_request(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n"),
    "a chunk that breaks off": after_request(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"),
}


@pytest.mark.parametrize("name", UNREADABLE)
async def test_what_cannot_be_read_fails_whatever_its_status_line_said(poster: Poster, name: str) -> None:
    answer = await post(poster, UNREADABLE[name])
    assert (answer.error, answer.success) == ("unreadable_answer", False)


@pytest.mark.parametrize(
    "content",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Le", b"HTTP/1.1 100 Continue\r\n\r\n"],
    ids=["nothing", "half a head", "an interim answer"],
)
async def test_a_receiver_that_hangs_up_without_an_answer_has_closed_the_line(poster: Poster, content: bytes) -> None:
    answer = await post(poster, after_request(content))
    assert (answer.status, answer.error) == (None, "closed")


async def test_a_receiver_that_resets_the_line_has_closed_it(poster: Poster) -> None:
    async def play(caller: Caller) -> None:
        await caller.request()
        raw = caller.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        caller.writer.transport.abort()

    assert (await post(poster, play)).error == "closed"


@pytest.mark.parametrize(
    "head",
    [b"Content-Length: 1000000000\r\n", b"Transfer-Encoding: chunked\r\n", b""],
    ids=["length", "chunks", "neither"],
)
async def test_a_body_without_end_is_left_after_what_is_kept(poster: Poster, head: bytes) -> None:
    part = b"fff8\r\n" + b"z" * 0xFFF8 + b"\r\n" if b"chunked" in head else b"z" * 65_536
    answer = await post(poster, for_ever(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n", part))
    assert (answer.status, answer.error, answer.body) == (200, None, b"z" * BODY_BYTES)


async def test_a_bomb_is_kept_as_it_was_packed(poster: Poster) -> None:
    bomb = gzip.compress(bytes(10_000_000))
    answer = await post(poster, after_request(
        OK.encode() + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb), bomb
    ))  # fmt: skip
    assert (answer.error, answer.body) == (None, bomb[:BODY_BYTES])


async def test_an_upgrade_is_no_success(poster: Poster) -> None:
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"
    assert not (await post(poster, after_request(head, LARGE, then_wait=True), within=SHORT)).success


async def test_a_final_answer_after_a_few_interim_ones_counts(poster: Poster) -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 3
    answer = await post(poster, after_request(interim, OK.encode() + b"Content-Length: 2\r\n\r\nok"))
    assert (answer.status, answer.body, answer.success) == (200, b"ok", True)


async def test_answers_sent_ahead_are_not_taken_for_those_of_later_requests(poster: Poster) -> None:
    async def play(caller: Caller) -> None:
        await caller.request()
        await caller.say(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
        await caller.say(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await caller.reader.read()

    async with receiving(play) as receiver:
        assert (await poster.post(receiver.url(), HEADERS, BODY, timeout=5)).status == 500
        await asyncio.sleep(0.05)
        assert (await poster.post(receiver.url(), HEADERS, BODY, timeout=5)).status == 500
        assert receiver.connections == 2


async def test_an_answer_before_the_request_was_read_whole_is_an_answer(poster: Poster) -> None:
    async def play(caller: Caller) -> None:
        await caller.say(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await caller.reader.read()

    assert (await post(poster, play, body=LARGE)).status == 413


# --- what is left -------------------------------------------------------------------------------------------------


def lines() -> int:
    """Lines to receivers that still have a transport."""
    gc.collect()
    return sum(isinstance(one, Line) and one.transport is not None for one in gc.get_objects())


async def peak(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        await work()  # type: ignore[misc]
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


async def test_fifty_hostile_receivers_leave_no_line_and_little_memory(poster: Poster) -> None:
    plays = [
        for_ever(b"HTTP/1.1 200 OK\r\n\r\n", b"z" * 65_536),
        for_ever(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
        for_ever(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 1_000),
        after_request(then_wait=True),
        never_reading,
    ]

    async def all_at_once() -> None:
        for play in plays:
            async with receiving(play) as receiver:
                posts = (poster.post(receiver.url(), HEADERS, LARGE, timeout=SHORT) for _ in range(10))
                await asyncio.gather(*posts)

    assert await peak(all_at_once) < 40_000_000
    assert lines() == 0


async def test_a_healthy_receiver_is_called_while_others_do_not_answer(poster: Poster) -> None:
    async with receiving(after_request(then_wait=True)) as silent, receiving(answering(OK)) as healthy:
        waiting = [asyncio.create_task(poster.post(silent.url(), HEADERS, BODY, timeout=30)) for _ in range(300)]
        answers = [await poster.post(healthy.url(), HEADERS, BODY, timeout=5) for _ in range(20)]
        assert all(answer.success for answer in answers)
        assert not any(task.done() for task in waiting)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
