"""Mail over real SMTP, with servers that oblige and servers that do not."""

import asyncio
import ssl
from collections.abc import AsyncIterator

import pytest
import trustme
from pydantic import SecretStr

from kit.settings import Settings
from mailroom import SENDER, Mailroom, mailroom, outgoing, raw_server
from notification.channels.opening import server_of
from notification.channels.port import Sent
from notification.channels.smtp import Server, SmtpChannel
from notification.rendering import Mailbox


@pytest.fixture
async def room() -> AsyncIterator[Mailroom]:
    async with mailroom() as opened:
        yield opened


async def once(channel: SmtpChannel, to: str = "joe@example.com") -> Sent:
    try:
        return await channel.send(outgoing(to))
    finally:
        await channel.close()


async def test_a_mail_arrives_as_it_was_written(room: Mailroom) -> None:
    assert await once(room.channel()) == Sent("sent", "accepted")
    [mail], [envelope] = room.taken, room.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("desk@example.com", ["joe@example.com"])
    assert (mail["Subject"], mail["Message-ID"]) == ("Booked", "<ntf_1@example.com>")
    text = mail.get_body(("plain",))
    assert text is not None
    assert text.get_content().splitlines() == ["Grüße", ".", "..dots"]


async def test_one_connection_carries_one_mail_after_another(room: Mailroom) -> None:
    channel = room.channel()
    assert [(await channel.send(outgoing())).result for _ in range(5)] == ["sent"] * 5
    await channel.close()
    assert (len(room.taken), room.connections) == (5, 1)


async def test_many_mails_at_once_share_a_few_connections(room: Mailroom) -> None:
    channel = room.channel()
    sent = await asyncio.gather(*(channel.send(outgoing()) for _ in range(40)))
    await channel.close()
    assert {one.result for one in sent} == {"sent"}
    assert len(room.taken) == 40
    assert room.connections <= 4


@pytest.mark.parametrize(
    ("command", "answer", "sent"),
    [
        ("MAIL", "451 later", Sent("retry", "mail_451")),
        ("MAIL", "552 too large", Sent("bounced", "mail_552")),
        ("RCPT", "450 greylisted, joe@example.com", Sent("retry", "rcpt_450")),
        ("RCPT", "421 closing", Sent("retry", "rcpt_421")),
        ("RCPT", "550 no such user joe@example.com", Sent("bounced", "rcpt_550", address_refused=True)),
        ("DATA", "452 disk full", Sent("retry", "data_452")),
        ("DATA", "554 looks like spam", Sent("bounced", "data_554")),
    ],
)
async def test_4xx_is_tried_again_and_5xx_is_final(room: Mailroom, command: str, answer: str, sent: Sent) -> None:
    room.answer(command, answer)
    channel = room.channel()
    assert await channel.send(outgoing()) == sent
    assert "example" not in sent.detail, "an answer's text may quote the address"
    assert (await channel.send(outgoing())).result == "sent", "the next mail is not harmed"
    await channel.close()


async def test_a_line_cut_after_the_dot_is_tried_again_under_the_same_message_id(room: Mailroom) -> None:
    room.hang_up_after_dot = 1
    channel = room.channel()
    assert await channel.send(outgoing()) == Sent("retry", "hung_up")
    assert await channel.send(outgoing()) == Sent("sent", "accepted")
    await channel.close()
    assert [mail["Message-ID"] for mail in room.taken] == ["<ntf_1@example.com>"] * 2


async def test_a_connection_that_was_hung_up_meanwhile_is_replaced(room: Mailroom) -> None:
    channel = room.channel()
    await channel.send(outgoing())
    channel._idle[-1][1].transport.abort()  # type: ignore[union-attr]
    assert await channel.send(outgoing()) == Sent("sent", "accepted")
    await channel.close()
    assert (len(room.taken), room.connections) == (2, 2)


async def test_nobody_there_is_tried_again(room: Mailroom) -> None:
    async with raw_server(lambda reader, writer: asyncio.sleep(0)) as port:
        pass
    assert await once(room.channel(port=port)) == Sent("retry", "cannot_connect")


async def test_an_address_that_is_none_is_final_and_opens_no_connection(room: Mailroom) -> None:
    for to in ("", "joe", "joe@example.com\r\nRCPT TO:<x@y.z>", "joe@example.com, jane@example.com"):
        sent = await once(room.channel(), to)
        assert (sent.result, sent.address_refused) == ("bounced", True)
    assert room.connections == 0


async def test_a_sender_that_is_none_is_not_the_recipients_fault(room: Mailroom) -> None:
    assert await once(room.channel(sender=Mailbox("nobody"))) == Sent("retry", "no such sender")


# --- other letters ------------------------------------------------------------------------------------------------


async def test_an_address_in_other_letters_goes_with_smtputf8(room: Mailroom) -> None:
    assert (await once(room.channel(), "jöe@bücher.example")).result == "sent"
    assert room.envelopes[0].rcpt_tos == ["jöe@xn--bcher-kva.example"]
    assert "SMTPUTF8" in room.envelopes[0].mail_options


async def test_a_server_without_smtputf8_cannot_take_such_an_address_but_any_domain() -> None:
    async with mailroom(utf8=False) as room:
        assert await once(room.channel(), "jöe@example.com") == Sent("bounced", "no_smtputf8", address_refused=True)
        assert (await once(room.channel(), "joe@bücher.example")).result == "sent"
    assert room.envelopes[0].rcpt_tos == ["joe@xn--bcher-kva.example"]


# --- TLS and passwords --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, str]:
    """A server's certificate for 127.0.0.1, and the file of who signed it."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return context, str(path)


async def test_starttls_and_implicit_tls_both_hide_the_mail(certificate: tuple[ssl.SSLContext, str]) -> None:
    context, ca = certificate
    async with mailroom(context) as room:
        assert (await once(room.channel(security="starttls", ca_file=ca))).result == "sent"
        assert room.secure == [True]
    async with mailroom(context, implicit=True) as room:
        assert (await once(room.channel(security="tls", ca_file=ca))).result == "sent"


async def test_a_certificate_nobody_vouches_for_gets_no_mail(certificate: tuple[ssl.SSLContext, str]) -> None:
    context, _ = certificate
    async with mailroom(context) as room:
        assert await once(room.channel(security="starttls")) == Sent("retry", "tls")
        assert room.taken == []
    async with mailroom(context, implicit=True) as room:
        assert await once(room.channel(security="tls")) == Sent("retry", "tls")
        assert room.taken == []


async def test_where_tls_is_asked_for_a_server_without_gets_neither_mail_nor_password() -> None:
    async with mailroom(password="secret") as room:
        sent = await once(room.channel(security="starttls", user="desk", password="secret"))
    assert sent.result == "retry"
    assert room.taken == []


async def test_a_password_lets_in_and_a_wrong_one_is_tried_again(certificate: tuple[ssl.SSLContext, str]) -> None:
    context, ca = certificate
    async with mailroom(context, password="secret") as room:
        told = {"security": "starttls", "ca_file": ca, "user": "desk"}
        assert (await once(room.channel(**told, password="secret"))).result == "sent"
        assert await once(room.channel(**told, password="wrong")) == Sent("retry", "log_in_refused")


# --- servers that misbehave ---------------------------------------------------------------------------------------


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    for letter in b"220 " + b"x" * 1_000:
        writer.write(bytes([letter]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"220-more\r\n" * 100)
        await writer.drain()


async def busy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"554 not today\r\n")
    await writer.drain()


async def gibberish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\xff\xfe HTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()


async def gone(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 hello\r\n")
    await reader.readline()


async def sluggish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Each answer comes in time, all of them together do not."""
    writer.write(b"220 hello\r\n")
    while line := await reader.readline():
        if line[:4].upper() in (b"EHLO", b"MAIL", b"RCPT", b"DATA") or line == b".\r\n":
            await asyncio.sleep(0.3)
            writer.write(b"354 go on\r\n" if line.startswith(b"DATA") else b"250 ok\r\n")


async def stuck_at_data(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 hello\r\n")
    while line := await reader.readline():
        if line.startswith(b"DATA"):
            writer.write(b"354 go on\r\n")
        elif line == b".\r\n":
            await asyncio.sleep(30)
        elif line[:4].upper() in (b"EHLO", b"MAIL", b"RCPT", b"RSET"):
            writer.write(b"250 ok\r\n")


@pytest.mark.parametrize("talk", [silent, dripping, endless, busy, gibberish, gone, sluggish, stuck_at_data])
async def test_a_server_that_misbehaves_costs_a_deadline_at_most_and_is_tried_again(talk: object) -> None:
    async with raw_server(talk) as port:  # type: ignore[arg-type]
        server = Server(host="127.0.0.1", port=port, sender=SENDER, security="none", seconds=0.5)
        async with asyncio.timeout(10):
            sent = await once(SmtpChannel(server))
    assert sent.result == "retry"


async def test_a_channel_is_not_blocked_by_mails_that_hang() -> None:
    async with raw_server(silent) as port:
        channel = SmtpChannel(Server(host="127.0.0.1", port=port, sender=SENDER, security="none", seconds=0.2))
        async with asyncio.timeout(20):
            sent = await asyncio.gather(*(channel.send(outgoing()) for _ in range(12)))
        await channel.close()
    assert {one.detail for one in sent} == {"timeout"}


def test_a_password_does_not_go_in_clear_to_another_machine() -> None:
    settings = Settings(smtp_security="none", smtp_password=SecretStr("secret"))
    with pytest.raises(ValueError, match="SMTP_PASSWORD"):
        server_of(settings.model_copy(update={"smtp_host": "mail.example.com"}))
    assert server_of(settings.model_copy(update={"smtp_host": "127.0.0.1"})).password == "secret"
