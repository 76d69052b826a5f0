"""The state table of the contract, as written there, against what the commands really do under both profiles."""

from collections.abc import Iterator
from typing import Any

import pytest

from booking.transitions import PROFILES
from contracts import commands as c
from given import What, after, booked, confirm_it, given, held, on_it, release_it, sent, works
from samples import instant, location, service

COLUMNS = (
    *("requested", "scheduled", "confirmed", "checked_in", "in_progress"),
    *("completed", "no_show", "cancelled", "expired"),
)
TABLE = """
held        | manual | yes   | -     | -   | -   | -   | -   | yes | time
requested   | -      | yes   | yes   | -   | -   | -   | -   | yes | time
scheduled   | -      | move  | yes   | len | len | len | yes | yes | -
confirmed   | -      | undo  | move  | yes | len | len | yes | yes | -
checked_in  | -      | -     | -     | -   | yes | len | yes | yes | -
in_progress | -      | -     | -     | -   | -   | yes | -   | yes | -
completed   | -      | -     | -     | -   | -   | -   | fix | -   | -
no_show     | -      | -     | -     | -   | -   | fix | -   | -   | -
cancelled   | -      | again | -     | -   | -   | -   | -   | -   | -
expired     | -      | -     | -     | -   | -   | -   | -   | -   | -
"""
"""`len`: lenient only. `move`: by rescheduling. `time`: by time alone. `undo`, `fix`, `again`: by `TAKEN_BACK`."""

ROWS = {cells[0]: dict(zip(COLUMNS, cells[1:], strict=True)) for line in TABLE.strip().splitlines()
        for cells in [[cell.strip() for cell in line.split("|")]]}  # fmt: skip

COMMANDS: dict[str, tuple[What, ...]] = {
    "confirmed": (on_it(c.ConfirmAppointment),),
    "checked_in": (on_it(c.CheckIn),),
    "in_progress": (on_it(c.StartAppointment),),
    "completed": (on_it(c.CompleteAppointment),),
    "no_show": (on_it(c.MarkNoShow),),
    "cancelled": (on_it(c.CancelAppointment),),
}
"""What leads to a status, wherever the table has an arrow to it."""

TAKEN_BACK: dict[str, tuple[type[c.Step], dict[str, Any]]] = {
    "undo": (c.UndoConfirmation, {}),
    "again": (c.ReinstateAppointment, {}),
    "fix": (c.CorrectOutcome, {"reason": "mixed up"}),
}
"""What takes back what was said before, by the arrows that it alone travels."""

WAYS: dict[str, tuple[What, ...]] = {
    "scheduled": (),
    "confirmed": (on_it(c.ConfirmAppointment),),
    "checked_in": (on_it(c.ConfirmAppointment), on_it(c.CheckIn)),
    "in_progress": (on_it(c.ConfirmAppointment), on_it(c.CheckIn), on_it(c.StartAppointment)),
    "completed": (
        on_it(c.ConfirmAppointment), on_it(c.CheckIn), on_it(c.StartAppointment), on_it(c.CompleteAppointment)
    ),
    "no_show": (on_it(c.MarkNoShow),),
    "cancelled": (on_it(c.CancelAppointment),),
}  # fmt: skip
"""How an appointment gets where it starts from, by arrows that both profiles have."""


def in_status(status: str, profile: str):  # type: ignore[no-untyped-def]
    """A clinic whose one appointment is in `status`; its holds belong to the desk itself."""
    open_for_business = (sent(location(profile=profile)), works("ann", "09:00-17:00"))
    if status in ("held", "expired"):
        scene = given(*open_for_business, held("10:00", by="desk", until="08:05"))
        return scene.at("08:05") if status == "expired" else scene
    if status == "requested":
        return given(*open_for_business, sent(service(acceptance="manual")), booked("10:00"))
    return given(*open_for_business, booked("10:00"), after(*WAYS[status]))


def plain_arrows() -> Iterator[tuple[str, str, str, bool]]:
    """(profile, from, to, legal) for all that one command can lead to."""
    for profile in PROFILES:
        for start, row in ROWS.items():
            for to in COMMANDS:
                legal = row[to] == "yes" or (row[to] == "len" and profile == "lenient")
                yield profile, start, to, legal


@pytest.mark.parametrize(("profile", "start", "to", "legal"), list(plain_arrows()))
def test_a_command_leads_along_the_arrows_of_the_table_and_no_others(
    profile: str, start: str, to: str, legal: bool
) -> None:
    scene = in_status(start, profile)
    for what in COMMANDS[to]:
        scene.when(what)
    if legal:
        scene.then_it(status=to)
    else:
        refusal = scene.clinic.refusal
        assert refusal is not None
        assert refusal.code == "invalid_transition"
        assert (refusal.members["from"], refusal.members["to"]) == (start, to)
        assert refusal.members["allowed"] == goals(start, profile)


def goals(start: str, profile: str) -> list[str]:
    """The other statuses that a command reaches from here, by the table above."""
    reached = {"yes", "manual", *TAKEN_BACK} | ({"len"} if profile == "lenient" else set())
    return sorted(to for to, cell in ROWS[start].items() if cell in reached)


@pytest.mark.parametrize("profile", PROFILES)
def test_the_table_as_data_has_every_arrow_of_the_contract_and_no_other(profile: str) -> None:
    cells = {(start, to): cell for start, row in ROWS.items() for to, cell in row.items()}
    legal = {arrow for arrow, cell in cells.items() if cell != "-" and (cell != "len" or profile == "lenient")}
    assert set(PROFILES[profile]) == legal


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("start", ROWS)
def test_only_what_is_scheduled_or_confirmed_is_rescheduled_and_keeps_its_status(start: str, profile: str) -> None:
    scene = in_status(start, profile).when(on_it(c.RescheduleAppointment, start=instant("11:00").isoformat()))
    if start in ("scheduled", "confirmed"):
        scene.then_it(status=start, start=instant("11:00"))
    else:
        scene.then_illegal(start, "scheduled", goals(start, profile))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("start", ROWS)
def test_only_a_request_is_accepted_or_declined(start: str, profile: str) -> None:
    for kind, to in ((c.AcceptRequest, "scheduled"), (c.DeclineRequest, "cancelled")):
        scene = in_status(start, profile).when(on_it(kind))
        if start == "requested":
            scene.then_it(status=to)
        else:
            scene.then_illegal(start, to, goals(start, profile))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("start", ROWS)
@pytest.mark.parametrize("word", TAKEN_BACK)
def test_what_was_said_is_taken_back_where_the_table_says_and_nowhere_else(word: str, start: str, profile: str) -> None:
    kind, members = TAKEN_BACK[word]
    for to in ("completed", "no_show") if word == "fix" else ("scheduled",):
        outcome = {"outcome": to} if word == "fix" else {}
        scene = in_status(start, profile).when(on_it(kind, **members, **outcome))
        if ROWS[start][to] == word:
            scene.then_it(status=to)
        else:
            scene.then_illegal(start, to, goals(start, profile))


@pytest.mark.parametrize("start", [status for status in ROWS if status not in ("held", "expired")])
def test_hold_commands_lead_nowhere_from_what_is_no_hold(start: str) -> None:
    for what, to in ((confirm_it(), "scheduled"), (release_it(), "cancelled")):
        in_status(start, "strict").when(what).then_illegal(start, to, goals(start, "strict"))
