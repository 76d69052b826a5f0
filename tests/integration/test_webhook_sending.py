"""One webhook over a real connection: what is sent, what is read of the answer, and where nothing is sent at all."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest

from receivers import OK, Caller, answering, receiving
from verifying import verifies
from webhook.sending import secrets
from webhook.sending.names import LookUp
from webhook.sending.poster import Answer, Poster
from webhook.sending.signing import sign

BODY = b'{"type": "appointment.created"}'
HEADERS = {"content-type": "application/json", "webhook-id": "msg_1"}


@pytest.fixture
async def poster() -> AsyncIterator[Poster]:
    async with Poster(allow_loopback=True) as poster:
        yield poster


def names(**known: Sequence[str]) -> LookUp:
    """A resolver that knows these names only; `_` stands for a dot."""

    async def look_up(name: str) -> Sequence[str]:
        return known[name.replace(".", "_")]

    return look_up


async def post(poster: Poster, url: str, body: bytes = BODY) -> Answer:
    return await poster.post(url, HEADERS, body, timeout=5)


async def test_what_is_signed_arrives_as_it_was_signed(poster: Poster) -> None:
    secret, at = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", int(datetime.now(UTC).timestamp())
    signed = {
        "content-type": "application/json",
        "webhook-id": "msg_1",
        "webhook-timestamp": str(at),
        "webhook-signature": sign([secrets.parse(secret)], "msg_1", at, BODY),
    }
    async with receiving(answering(OK, body=b"thanks")) as receiver:
        answer = await poster.post(receiver.url(), signed, BODY, timeout=5)
        (request,) = receiver.requests
    assert (answer.status, answer.error, answer.body, answer.success) == (200, None, b"thanks", True)
    assert request.head.startswith("POST /hook HTTP/1.1\r\n")
    assert request.body == BODY
    assert verifies(secret, {name: request.header(name) or "" for name in signed}, request.body)
    assert request.header("accept-encoding") == "identity"
    assert request.header("cookie") is None


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_any_2xx_is_a_success(poster: Poster, status: int) -> None:
    async with receiving(answering(f"HTTP/1.1 {status} Fine\r\n")) as receiver:
        answer = await post(poster, receiver.url())
    assert (answer.status, answer.success) == (status, True)


@pytest.mark.parametrize("status", [400, 404, 410, 413, 500, 502])
async def test_another_status_is_told_and_no_success(poster: Poster, status: int) -> None:
    async with receiving(answering(f"HTTP/1.1 {status} No\r\nRetry-After: 7\r\n", body=b"no")) as receiver:
        answer = await post(poster, receiver.url())
    assert answer == Answer(status, None, None, answer.latency_ms, b"no")
    assert not answer.success


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(poster: Poster, status: int) -> None:
    async with receiving(answering(OK)) as elsewhere:
        head = f"HTTP/1.1 {status} There\r\nLocation: {elsewhere.url()}\r\n"
        async with receiving(answering(head)) as receiver:
            answer = await post(poster, receiver.url())
        assert elsewhere.connections == 0
    assert (answer.status, answer.error, answer.success) == (status, "redirect", False)


@pytest.mark.parametrize("status", [429, 503])
async def test_a_receiver_may_ask_for_a_wait_and_the_first_valid_header_counts(poster: Poster, status: int) -> None:
    head = f"HTTP/1.1 {status} Later\r\nRetry-After: soon\r\nRetry-After: 120\r\nRetry-After: 9\r\n"
    async with receiving(answering(head)) as receiver:
        answer = await post(poster, receiver.url())
    assert (answer.status, answer.retry_after) == (status, 120)


async def test_a_date_to_retry_after_is_counted_from_now() -> None:
    head = "HTTP/1.1 503 Later\r\nRetry-After: Mon, 02 Mar 2026 15:01:00 GMT\r\n"
    async with (
        Poster(allow_loopback=True, now=lambda: datetime(2026, 3, 2, 15, 0, tzinfo=UTC)) as poster,
        receiving(answering(head)) as receiver,
    ):
        assert (await post(poster, receiver.url())).retry_after == 60


async def test_a_healthy_receiver_is_called_on_one_line_again_and_again(poster: Poster) -> None:
    async with receiving(answering(OK, body=b"ok")) as receiver:
        for _ in range(20):
            assert (await post(poster, receiver.url())).success
        assert (len(receiver.requests), receiver.connections) == (20, 1)


async def test_cookies_of_one_answer_are_not_sent_with_the_next_request(poster: Poster) -> None:
    async with receiving(answering(OK + "Set-Cookie: a=b\r\n")) as receiver:
        await post(poster, receiver.url("http", "localhost"))
        await post(poster, receiver.url("http", "localhost"))
        assert [request.header("cookie") for request in receiver.requests] == [None, None]


async def test_no_proxy_of_this_machine_is_used(poster: Poster, monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving(answering(OK)) as proxy, receiving(answering(OK)) as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url())
        assert (await post(poster, receiver.url())).success
        assert (proxy.connections, receiver.connections) == (0, 1)


async def test_nobody_listening_has_its_name(poster: Poster) -> None:
    async with receiving(answering(OK)) as receiver:
        gone = receiver.url()
    assert (await post(poster, gone)).error == "connect_refused"


async def test_a_name_without_an_address_has_its_name() -> None:
    async def nothing(name: str) -> Sequence[str]:
        raise OSError("no such name")

    async with Poster(look_up=nothing) as poster:
        answer = await post(poster, "https://nobody.example/")
    assert answer.error == "dns"


async def test_a_name_that_is_never_looked_up_ends_with_the_deadline() -> None:
    async def silence(name: str) -> Sequence[str]:
        await asyncio.sleep(60)
        return []

    async with Poster(look_up=silence) as poster:
        answer = await poster.post("https://slow.example/", HEADERS, BODY, timeout=0.2)
    assert answer.error == "timeout"


# --- the guard ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost", "2130706433", "[::ffff:127.0.0.1]", "0"])
async def test_this_machine_is_not_called_by_default(host: str) -> None:
    async with receiving(answering(OK)) as receiver, Poster() as poster:
        for scheme in ("http", "https"):
            answer = await post(poster, receiver.url(scheme, host))
            assert (answer.error, answer.status) == ("refused_address", None)
        assert receiver.connections == 0


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["127.0.0.1", "127.0.0.2"]])
async def test_a_name_of_a_refused_address_is_refused_and_opens_no_socket(addresses: list[str]) -> None:
    async with receiving(answering(OK)) as receiver, Poster(look_up=names(inside_example=addresses)) as poster:
        answer = await post(poster, receiver.url("https", "inside.example"))
        assert answer.error == "refused_address"
        assert receiver.connections == 0


async def test_a_name_that_turns_inside_between_two_webhooks_is_refused_when_dialled_again() -> None:
    answers = [["127.0.0.1"], ["127.0.0.1", "0.0.0.0"]]

    async def rebinding(name: str) -> Sequence[str]:
        return answers.pop(0)

    async with Poster(allow_loopback=True, look_up=rebinding) as poster, receiving(answering(OK)) as receiver:
        first = await post(poster, receiver.url("http", "localhost"))
        second = await post(poster, f"http://localhost:{receiver.port + 1}/")
    assert (first.success, second.error) == (True, "refused_address")


async def test_the_address_dialled_is_judged_whatever_the_look_up_let_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhook.sending.names.judge", lambda address, allow_loopback: None)
    async with (
        receiving(answering(OK)) as receiver,
        Poster(look_up=names(inside_example=["127.0.0.1", "127.0.0.2"])) as poster,
        Poster(look_up=names(inside_example=["127.0.0.1"])) as other,
    ):
        assert not (await post(poster, receiver.url("https", "inside.example"))).success
        assert (await post(other, receiver.url("https", "inside.example"))).error == "refused_address"
        assert receiver.connections == 0


async def test_a_name_may_point_to_this_machine_where_that_is_allowed(poster: Poster) -> None:
    async with receiving(answering(OK), host="localhost") as receiver:
        assert (await post(poster, receiver.url("http", "localhost"))).success


async def test_in_clear_nothing_goes_anywhere_else() -> None:
    async with Poster(allow_loopback=True, look_up=names(outside_example=["127.0.0.1"])) as poster:
        assert (await post(poster, "http://outside.example/")).error == "refused_address"


async def test_a_receiver_that_closes_its_idle_line_is_dialled_anew(poster: Poster) -> None:
    async def once(caller: Caller) -> None:
        await caller.request()
        await caller.say(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async with receiving(once) as receiver:
        for _ in range(3):
            assert (await post(poster, receiver.url())).success
            await receiver.all_gone()
            await asyncio.sleep(0.05)
        assert receiver.connections == 3
