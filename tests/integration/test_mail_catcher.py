"""The mail catcher of a stack: it catches what is handed in, and `slotkeeper mail` shows it."""

import asyncio
import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import application
from homes import a_home
from local import mail
from local.home import Home
from local.progress import Quiet
from local.services import environment
from local.stack import Stack
from mailroom import SENDER, outgoing
from notification.channels.port import Sent
from notification.channels.smtp import Server, SmtpChannel
from notification.rendering import render
from notification.rendering.sample import FACTS


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    with a_home() as made:
        Stack(made, say=Quiet()).start([mail.NAME])
        yield made


async def hand_in(home: Home, to: str = "joe@example.com") -> Sent:
    channel = SmtpChannel(Server(host="127.0.0.1", port=mail.port(home), sender=SENDER, security="none"))
    made = render("booked", "customer", "email", "de", FACTS)
    try:
        return await channel.send(outgoing(to, rendered=made))
    finally:
        await channel.close()


def ask(home: Home, *words: str) -> Result:
    return CliRunner().invoke(application("mail"), ["mail", *words], env={"SLOTKEEPER_HOME": str(home.folder)})


async def test_a_mail_is_caught_as_a_file_and_listed(home: Home) -> None:
    assert (await hand_in(home)).result == "sent"
    caught = mail.caught(mail.folder(home))[-1]
    assert caught.to == ["joe@example.com"]
    listed = ask(home, "--json")
    assert listed.exit_code == 0
    found = json.loads(listed.stdout)[-1]
    assert (found["to"], found["subject"]) == (["joe@example.com"], "Gebucht: Haircut, 02.03.2026, 10:00")
    assert found["message_id"] == "<ntf_1@example.com>"
    assert "Guten Tag Joe Doe" in found["text"]
    assert "<p" in found["html"]
    assert "METHOD:REQUEST" in found["calendar"]
    assert found["method"] == "REQUEST"


async def test_one_is_shown_by_its_number_or_its_name(home: Home) -> None:
    await hand_in(home, "jöe@bücher.example")
    name = mail.caught(mail.folder(home))[-1].name
    number = str(len(mail.caught(mail.folder(home))))
    for which in (number, name):
        shown = ask(home, which)
        assert shown.exit_code == 0
        assert "Subject: Gebucht: Haircut" in shown.stdout
        assert "BEGIN:VCALENDAR" in shown.stdout
    assert json.loads(ask(home, name, "--json").stdout)["to"] == ["jöe@xn--bcher-kva.example"]
    assert ask(home, "999999").exit_code == 2


async def test_mails_for_one_address_are_chosen(home: Home) -> None:
    await hand_in(home, "ann@example.com")
    found = json.loads(ask(home, "--to", "ann@example.com", "--json").stdout)
    assert {tuple(one["to"]) for one in found} == {("ann@example.com",)}
    assert "ann@example.com" in ask(home).stdout


async def test_two_mails_at_one_moment_are_two_files(home: Home) -> None:
    before = len(mail.caught(mail.folder(home)))
    await asyncio.gather(*(hand_in(home) for _ in range(10)))
    assert len(mail.caught(mail.folder(home))) == before + 10


def test_the_catcher_is_a_part_of_the_stack_that_services_are_told_of(home: Home) -> None:
    stack = Stack(home, say=Quiet())
    part = next(part for part in stack.status() if part.name == mail.NAME)
    assert (part.running, part.ready, part.where) == (True, True, f"127.0.0.1:{mail.port(home)}")
    told = environment(stack.site, "gateway")
    assert told["SLOTKEEPER_SMTP_HOST"] == "127.0.0.1"
    assert told["SLOTKEEPER_SMTP_PORT"] == str(mail.port(home))


def test_a_killed_catcher_is_started_again_where_it_was(home: Home) -> None:
    stack, where = Stack(home, say=Quiet()), mail.port(home)
    kept = len(mail.caught(mail.folder(home)))
    assert stack.stop_service(mail.NAME, signal.SIGKILL)
    stack.start([mail.NAME])
    assert mail.port(home) == where
    assert len(mail.caught(mail.folder(home))) == kept
    with socket.create_connection(("127.0.0.1", where), timeout=5) as line:
        assert line.recv(3) == b"220"


def test_where_nothing_was_ever_caught_the_command_says_what_to_do(tmp_path: Path) -> None:
    asked = CliRunner().invoke(application("mail"), ["mail", "--folder", str(tmp_path / "none")])
    assert asked.exit_code == 3
    assert "slotkeeper up" in asked.stderr
