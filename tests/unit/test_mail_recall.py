"""Caught mails about somebody who is erased are thrown away, whoever they were sent to; all others stay."""

from datetime import UTC, datetime
from pathlib import Path

from local.recall import ABOUT, recall
from notification.channels.mail import compose
from notification.channels.port import Outgoing
from notification.rendering.words import Mailbox, Rendered

DESK = Mailbox("desk@example.com", "Acme")


def caught(folder: Path, name: str, about: str | None) -> Path:
    words = Rendered(subject="Booked", text="See you.", html="", ics=None, method=None, language="en")
    outgoing = Outgoing(message_id=f"<{name}@example.com>", to="ann@example.com", rendered=words, about=about)
    file = folder / f"{name}.eml"
    file.write_bytes(b"X-Caught-To: ann@example.com\r\n" + compose(outgoing, DESK, datetime(2026, 3, 2, tzinfo=UTC)))
    return file


def test_a_mail_names_whose_appointment_it_is_about(tmp_path: Path) -> None:
    assert f"{ABOUT}: acme/customer/joe\r\n".encode() in caught(tmp_path, "a", "acme/customer/joe").read_bytes()
    assert ABOUT.encode() not in caught(tmp_path, "b", None).read_bytes()


def test_what_is_about_the_erased_goes_and_the_rest_stays(tmp_path: Path) -> None:
    caught(tmp_path, "joe", "acme/customer/joe")
    others = ("acme/customer/sue", "other/customer/joe", "acme/customer/joe.2", None)
    kept = [caught(tmp_path, f"kept-{n}", about) for n, about in enumerate(others)]
    recall(tmp_path, {"acme/customer/joe"})
    assert sorted(tmp_path.iterdir()) == kept
