"""The checks that every command passes at the edge, whichever way it came: known, allowed, well-formed."""

from typing import Any

from contracts.commands import COMMANDS, validate
from contracts.errors import Rejection
from gateway.api.table import SCOPE_OF, SUPPLY
from gateway.callers import Caller
from gateway.refusals import forbidden, invalid_command
from kit.problems import Problem

NAME_LIMIT = 80


def check(caller: Caller, type_name: str, data: dict[str, Any], *, imported: bool) -> None:
    """Raises the refusal of a command that must not go on to the bus."""
    if type_name not in COMMANDS:
        raise invalid_command(f"There is no command {type_name[:NAME_LIMIT]!r}.", "type")
    caller.needs(SCOPE_OF[type_name])
    if imported and not caller.may("import"):
        raise forbidden("import", "import")
    if data.get("override") is True and not caller.may(SUPPLY):
        raise forbidden(SUPPLY, "override")
    checked = validate(COMMANDS[type_name], data)
    if isinstance(checked, Rejection):
        raise Problem.of(checked)


def tenant_of(caller: Caller, type_name: str, data: dict[str, Any]) -> str:
    """Whose command it is; a new tenant's first command is its own."""
    if type_name == "DefineTenant":
        tenant: str = data["id"]
        return tenant
    return caller.acts_for()


def take_import(members: dict[str, Any]) -> bool:
    """Takes `import` out of the members: it says how to decide and is no part of the command."""
    imported = members.pop("import", False)
    if not isinstance(imported, bool):
        raise invalid_command("import: true or false.", "import")
    return imported
