"""`mail`: what the local mail catcher received. Nothing of it was delivered to anybody."""

import json
from email.message import EmailMessage
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from cli.exits import console, next_step, not_there, wrong_use
from local import mail as catcher
from local.mail import Caught
from local.stack import Stack

app = typer.Typer()

PARTS = {"text/plain": "text", "text/html": "html", "text/calendar": "calendar"}


@app.command()
def mail(
    which: Annotated[str, typer.Argument(help="Show this one: its number in the list, or its name.")] = "",
    to: Annotated[str, typer.Option(help="Only mails for this address.")] = "",
    folder: Annotated[Path | None, typer.Option(help="Another catcher's folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the mails that the local catcher received, the oldest first, or show one."""
    where = folder or catcher.folder(Stack().home)
    if not where.is_dir():
        not_there(f"no mail was ever caught in {where}", "slotkeeper up")
    numbered = [(number, one) for number, one in enumerate(catcher.caught(where), 1) if not to or to in one.to]
    if which:
        _show(_chosen(numbered, which), as_json)
    elif as_json:
        print(json.dumps([{"number": number, **described(one)} for number, one in numbered], ensure_ascii=False))
    else:
        _list(numbered)
    next_step("slotkeeper mail NUMBER shows one")


def _chosen(numbered: list[tuple[int, Caught]], which: str) -> Caught:
    chosen = next((one for number, one in numbered if which in (str(number), one.name)), None)
    return chosen or wrong_use(f"there is no mail {which}", "slotkeeper mail lists them")


def described(caught: Caught) -> dict[str, Any]:
    """A mail as JSON: its headers, and each part by what it is."""
    mail = caught.mail
    headers = {name: str(value) for name, value in mail.items() if not name.startswith("X-Caught-")}
    return {
        "name": caught.name,
        "at": caught.at,
        "from": str(mail["From"]),
        "to": caught.to,
        "subject": str(mail["Subject"]),
        "message_id": str(mail["Message-ID"]),
        "headers": headers,
        **dict.fromkeys(PARTS.values()),
        **_parts(mail),
    }


def _parts(mail: EmailMessage) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in mail.walk():
        if name := PARTS.get(part.get_content_type()):
            assert isinstance(part, EmailMessage)
            found[name] = part.get_content()
            if name == "calendar":
                found["method"] = part.get_param("method")
    return found


def _show(caught: Caught, as_json: bool) -> None:
    found = described(caught)
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return
    for name, value in found["headers"].items():
        console.print(Text(f"{name}: {value}"))
    console.print(Text(f"\n{found['text'] or ''}"))
    if found["calendar"]:
        console.print(Text(found["calendar"].replace("\r\n", "\n")))


def _list(numbered: list[tuple[int, Caught]]) -> None:
    table = Table("", "when", "to", "subject", "calendar", box=None)
    for number, one in numbered:
        found = described(one)
        row = [str(number), one.at, ", ".join(one.to), found["subject"], found.get("method") or ""]
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)
