"""Every fault of TLS has a name, is an attempt that failed, and nothing of the webhook was sent before it."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from receivers import OK, Caller, answering, receiving
from webhook.sending.poster import Answer, Poster

BODY = b'{"type": "appointment.created"}'
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
async def poster(authority: trustme.CA, tmp_path: Path) -> AsyncIterator[Poster]:
    """Trusts the authority by the setting."""
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    async with Poster(allow_loopback=True, ca_file=str(tmp_path / "authority.pem")) as poster:
        yield poster


def server(leaf: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    return context


async def post(poster: Poster, context: ssl.SSLContext, host: str = "127.0.0.1") -> tuple[Answer, int]:
    """The answer, and how many requests the receiver got to read."""
    async with receiving(answering(OK, body=b"ok"), tls=context) as receiver:
        answer = await poster.post(receiver.url("https", host), {}, BODY, timeout=5)
        return answer, len(receiver.requests)


async def test_a_certificate_of_the_named_authority_is_trusted(poster: Poster, authority: trustme.CA) -> None:
    answer, requests = await post(poster, server(authority.issue_cert("127.0.0.1")))
    assert (answer.status, answer.error, answer.body, requests) == (200, None, b"ok", 1)


async def test_a_line_under_tls_is_kept_as_well(poster: Poster, authority: trustme.CA) -> None:
    async with receiving(answering(OK), tls=server(authority.issue_cert("127.0.0.1"))) as receiver:
        for _ in range(5):
            assert (await poster.post(receiver.url("https"), {}, BODY, timeout=5)).success
        assert receiver.connections == 1


async def test_an_expired_certificate(poster: Poster, authority: trustme.CA) -> None:
    leaf = authority.issue_cert("127.0.0.1", not_before=NOW - timedelta(days=9), not_after=NOW - timedelta(days=1))
    answer, requests = await post(poster, server(leaf))
    assert (answer.error, requests) == ("tls_expired", 0)


async def test_a_certificate_of_tomorrow(poster: Poster, authority: trustme.CA) -> None:
    leaf = authority.issue_cert("127.0.0.1", not_before=NOW + timedelta(days=1), not_after=NOW + timedelta(days=9))
    answer, requests = await post(poster, server(leaf))
    assert (answer.error, requests) == ("tls_not_yet_valid", 0)


async def test_a_certificate_of_another_authority(poster: Poster) -> None:
    answer, requests = await post(poster, server(trustme.CA().issue_cert("127.0.0.1")))
    assert (answer.error, requests) == ("tls_untrusted", 0)


async def test_the_authority_is_trusted_by_its_setting_only(authority: trustme.CA) -> None:
    async with Poster(allow_loopback=True) as stranger:
        answer, requests = await post(stranger, server(authority.issue_cert("127.0.0.1")))
    assert (answer.error, requests) == ("tls_untrusted", 0)


@pytest.mark.parametrize(("named", "called"), [("receiver.example", "localhost"), ("127.0.0.2", "127.0.0.1")])
async def test_a_certificate_for_another_host(poster: Poster, authority: trustme.CA, named: str, called: str) -> None:
    answer, requests = await post(poster, server(authority.issue_cert(named)), called)
    assert (answer.error, requests) == ("tls_hostname", 0)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("fault", ["old", "asking"])
async def test_a_receiver_that_speaks_only_old_tls_or_asks_us_for_a_certificate(
    poster: Poster, authority: trustme.CA, fault: str
) -> None:
    context = server(authority.issue_cert("127.0.0.1"))
    if fault == "old":
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    else:
        context.verify_mode = ssl.CERT_REQUIRED
        authority.configure_trust(context)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        refusing = asyncio.create_task(asyncio.to_thread(_refuse, listening, context))
        answer = await poster.post(f"https://127.0.0.1:{listening.getsockname()[1]}/", {}, BODY, timeout=5)
        await refusing
    assert answer.error == "tls_protocol"


def _refuse(listening: socket.socket, context: ssl.SSLContext) -> None:
    """A handshake that fails with its alert, as servers do it that are not asyncio's."""
    line, _ = listening.accept()
    line.settimeout(5)
    with line:
        with pytest.raises(ssl.SSLError):
            context.wrap_socket(line.dup(), server_side=True)
        line.shutdown(socket.SHUT_WR)
        while line.recv(65_536):
            pass


@pytest.mark.parametrize("speech", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x15\x03\x03\x00\x02\x02\x28", bytes(5_000)])
async def test_a_receiver_that_speaks_no_tls(poster: Poster, speech: bytes) -> None:
    heard = b""

    async def play(caller: Caller) -> None:
        nonlocal heard
        heard += await caller.reader.read(10_000)
        await caller.say(speech)
        heard += await caller.reader.read()

    async with receiving(play) as receiver:
        answer = await poster.post(receiver.url("https"), {}, BODY, timeout=5)
        await receiver.all_gone()
    assert answer.error == "tls_protocol"
    assert BODY not in heard


async def test_a_receiver_that_hangs_up_in_the_middle_of_the_handshake(poster: Poster) -> None:
    async def play(caller: Caller) -> None:
        await caller.reader.read(10)

    async with receiving(play) as receiver:
        assert (await poster.post(receiver.url("https"), {}, BODY, timeout=5)).error == "tls_closed"


async def test_a_handshake_that_never_ends_is_a_timeout(poster: Poster) -> None:
    async def play(caller: Caller) -> None:
        await caller.reader.read()

    async with receiving(play) as receiver:
        assert (await poster.post(receiver.url("https"), {}, BODY, timeout=0.4)).error == "timeout"
        await receiver.all_gone()


async def test_a_body_under_tls_is_left_after_what_is_kept(poster: Poster, authority: trustme.CA) -> None:
    async def play(caller: Caller) -> None:
        await caller.request()
        await caller.say(b"HTTP/1.1 200 OK\r\n\r\n")
        await caller.say_for_ever(b"z" * 65_536)

    async with receiving(play, tls=server(authority.issue_cert("127.0.0.1"))) as receiver:
        answer = await poster.post(receiver.url("https"), {}, BODY, timeout=5)
        await receiver.all_gone()
    assert (answer.status, answer.error, len(answer.body)) == (200, None, 16_384)


async def test_a_request_that_nobody_reads_under_tls_is_a_timeout_and_the_line_is_cut(
    poster: Poster, authority: trustme.CA
) -> None:
    async def play(caller: Caller) -> None:
        caller.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        caller.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(3)

    async with receiving(play, tls=server(authority.issue_cert("127.0.0.1"))) as receiver:
        answer = await poster.post(receiver.url("https"), {}, BODY * 200_000, timeout=0.4)
    assert answer.error == "timeout"
