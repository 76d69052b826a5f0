"""The first word alone says which module is loaded: so every command must be said to be where it is."""

from importlib import import_module

import typer
from typer.testing import CliRunner

from cli.main import GROUPS, application


def commands(app: typer.Typer) -> set[str]:
    """The words at the top level of a module."""
    named = {str(one.name or getattr(one.callback, "__name__", "")) for one in app.registered_commands}
    return named | {str(one.typer_instance.info.name) for one in app.registered_groups if one.typer_instance}


def test_each_modules_commands_are_said_as_they_are() -> None:
    assert {module: commands(import_module(module).app) for module in GROUPS} == {
        module: set(words) for module, words in GROUPS.items()
    }


def test_every_command_is_offered_where_none_is_named() -> None:
    offered = CliRunner().invoke(application("--help"), ["--help"]).output
    assert all(f" {word} " in offered for words in GROUPS.values() for word in words)


def test_a_command_finds_its_own_help() -> None:
    answered = CliRunner().invoke(application("keys"), ["keys", "create", "--help"])
    assert answered.exit_code == 0
    assert "--scopes" in answered.output
