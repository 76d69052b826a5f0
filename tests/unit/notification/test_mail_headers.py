"""A mail's headers are those we wrote, whatever names, subjects and addresses hold."""

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notification.channels.mail import BadAddress, address_of, compose
from notification.channels.port import Outgoing
from notification.rendering import Mailbox, Rendered, render
from notification.rendering.sample import FACTS

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
DESK = Mailbox("desk@example.com", "Desk")
LINK = "https://example.com/v1/notifications/unsubscribe/" + "abc-_1" * 40 + ".mac"
HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language"]
MIME = ["Content-Type", "Content-Transfer-Encoding", "MIME-Version"]

NASTY = st.one_of(
    st.text(max_size=300),
    st.text(alphabet="\r\n\t \0\x0b\x0c\x85\u2028\u2029,;:<>()@\"\\=?_éß ", max_size=200),
    st.sampled_from(["a\r\nBcc: all@example.com", "a\nBcc: x@y.z\n\nbody", '", evil@example.com, "',
                     "=?utf-8?q?=0D=0ABcc:?=",
                     "Doe, Joe", "ü" * 200 + ", x@y.z", "a" * 1000, "\udcff\ud800", "a <b@c.d>"]),
)  # fmt: skip


def outgoing(**changed: Any) -> Outgoing:
    members: dict[str, Any] = {
        "message_id": "<ntf_1.abc@example.com>",
        "to": "joe@example.com",
        "rendered": Rendered(subject="Booked", text="Hello\n", html="<p>Hello</p>"),
    }
    return Outgoing(**members | changed)


def read(raw: bytes) -> EmailMessage:
    mail = message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def addresses(mail: EmailMessage, name: str) -> list[str]:
    header = mail[name]
    assert isinstance(header, AddressHeader)
    return [one.addr_spec for one in header.addresses]


@example(name='", evil@example.com, "', subject='"', sender='" <evil@example.com>, "', text="")
@example(name="\\", subject="\\", sender='\\"', text="")
@given(name=NASTY, subject=NASTY, sender=NASTY, text=st.text(max_size=200))
def test_no_name_and_no_subject_makes_another_header_or_recipient(
    name: str, subject: str, sender: str, text: str
) -> None:
    text = text.encode("utf-8", "replace").decode()
    made = Rendered(subject=subject, text=text, html="<p>x</p>")
    raw = compose(outgoing(to_name=name, rendered=made), Mailbox("desk@example.com", sender), AT)
    mail = read(raw)
    assert [one for one in mail.keys() if one not in MIME] == HEADERS  # noqa: SIM118 (a key stands for each header)
    assert (addresses(mail, "To"), addresses(mail, "From")) == (["joe@example.com"], ["desk@example.com"])
    head = raw.partition(b"\r\n\r\n")[0]
    assert all(len(line) < 998 for line in head.split(b"\r\n"))
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n", head)
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]


@given(name=st.text(alphabet=st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=60))
def test_a_name_is_read_back_as_it_is(name: str) -> None:
    raw = compose(outgoing(to_name=name), DESK, AT)
    # The other way of the library to read it: the newer one puts spaces between encoded words.
    shown, address = parseaddr(message_from_bytes(raw)["To"])
    assert (str(make_header(decode_header(shown))), address) == (name, "joe@example.com")


@given(text=st.text(max_size=2_000))
def test_no_text_looks_like_the_end_of_its_part(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    boundary = read(compose(outgoing(), DESK, AT)).get_boundary()
    lines = f"a\r\n--{boundary}\r\nContent-Type: text/html\r\n\r\n<script>\r\n--{boundary}--\r\n{text}"
    mail = read(compose(outgoing(rendered=Rendered(subject="s", text=lines, html=lines)), DESK, AT))
    whole, *parts = mail.walk()
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    for part in parts:
        assert isinstance(part, EmailMessage)
        assert part.get_content().count(str(whole.get_boundary())) == 2, "both stay in the text"


@example(text="a\rb\nc\r\nd")
@example(text=".\n. \n \nFrom x\t\n=\n" + "ü" * 100)
@given(text=st.one_of(NASTY, st.text(alphabet="a .=\t\r\nü", max_size=300)))
def test_texts_are_read_back_as_they_are_line_by_line(text: str) -> None:
    raw = compose(outgoing(rendered=Rendered(subject="s", text=text, html=f"{text}x")), DESK, AT)
    assert all(len(line) <= 78 for line in raw.split(b"\r\n"))
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|[\x80-\xff]", raw)
    said = [part.get_payload(decode=True) for part in message_from_bytes(raw).walk() if not part.is_multipart()]
    sent = text.encode("utf-8", "replace")
    assert said == [b"".join(line + b"\r\n" for line in whole.splitlines()) for whole in (sent, sent + b"x")]


def test_a_mail_of_one_part_is_that_part() -> None:
    mail = read(compose(outgoing(rendered=Rendered(subject="s", text="Hello\n")), DESK, AT))
    assert (mail.get_content_type(), mail["MIME-Version"], mail.get_content()) == ("text/plain", "1.0", "Hello\r\n")


@given(address=st.one_of(NASTY, st.emails(), st.builds("{}@{}".format, NASTY, NASTY)))
def test_an_address_is_one_address_or_none(address: str) -> None:
    try:
        raw = compose(outgoing(to=address), DESK, AT)
    except BadAddress:
        return
    assert not re.search(r"[\s\0<>,;:\"()]", address_of(address))
    head = raw.partition(b"\r\n\r\n")[0].decode()
    assert [line for line in head.split("\r\n") if line.startswith("To: ")] == [f"To: <{address_of(address)}>"]


@pytest.mark.parametrize(
    "address",
    ["", "joe", "@example.com", "joe@", "joe@example.com\r\nRCPT TO:<x@y.z>", "joe@exa mple.com", "a b@example.com",
     "joe@example.com>", "<joe@example.com", "joe@-a.com", "joe@a..com", ".joe@example.com", "joe.@example.com",
     "j..e@example.com", "joe,jane@example.com", '"joe"@example.com', "joe@[127.0.0.1]", "joe@a" + "b" * 300 + ".com",
     "j" * 65 + "@example.com", "joe@example.com\0", "joe\u2028@example.com", "joe@exam\u00a0ple.com"],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(BadAddress):
        compose(outgoing(to=address), DESK, AT)


def test_other_letters_than_ascii_stay_in_the_local_part_and_leave_the_domain() -> None:
    assert address_of("jöe@bücher.example") == "jöe@xn--bcher-kva.example"
    assert "To: <jöe@xn--bcher-kva.example>\r\n".encode() in compose(outgoing(to="jöe@bücher.example"), DESK, AT)


def test_a_reminder_can_be_ended_with_one_click() -> None:
    raw = compose(outgoing(list_unsubscribe=LINK), DESK, AT)
    assert f"List-Unsubscribe: <{LINK}>\r\n".encode() in raw, "in one piece, for machines read it"
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


@pytest.mark.parametrize("link", ["javascript:1", "https://a>\r\nBcc: x@y.z", "https://a b", "mailto:x@y.z", ""])
def test_what_is_no_link_is_never_a_header(link: str) -> None:
    if link:
        with pytest.raises(ValueError, match="link"):
            compose(outgoing(list_unsubscribe=link), DESK, AT)
    else:
        assert b"List-Unsubscribe" not in compose(outgoing(list_unsubscribe=link), DESK, AT)


@pytest.mark.parametrize("id", ["", "a@b", "<a@b", "<a b@c>", "<a@b>\r\nBcc: x@y.z", "<a@b><c@d>"])
def test_a_message_id_is_one(id: str) -> None:
    with pytest.raises(ValueError, match="Message-ID"):
        compose(outgoing(message_id=id), DESK, AT)


def test_a_mail_sent_again_is_the_same_but_for_its_date() -> None:
    later = datetime(2026, 3, 1, 10, tzinfo=UTC)
    first, second = (compose(outgoing(), DESK, at).split(b"\r\n") for at in (AT, later))
    assert [one[:5] for one, other in zip(first, second, strict=True) if one != other] == [b"Date:"]


def test_an_invitation_is_a_calendar_part_that_says_its_method() -> None:
    made = render("cancelled", "customer", "email", "de", FACTS)
    mail = read(compose(outgoing(rendered=made), DESK, AT))
    parts = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    assert [(part.get_param("method"), part.get_filename()) for part in parts] == [("CANCEL", "invite.ics")]
    assert parts[0].get_payload(decode=True) == made.ics
    assert mail["Content-Language"] == "de"
    assert mail["Auto-Submitted"] == "auto-generated"
