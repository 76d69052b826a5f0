"""The doctor finds what is missing, planted here piece by piece, and says how to get it."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import stack as commands
from cli.main import application, main
from homes import a_home, plant
from local import browser, install, kafka, needs, ports, postgres, stack
from local.errors import StackError
from local.home import Home
from local.needs import Finding
from local.progress import Quiet


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """The commands look at an empty home."""
    with a_home() as empty:
        for module in (commands, stack):
            monkeypatch.setattr(module, "main_home", lambda: empty)
        yield empty


@pytest.fixture
def bare(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on its path, and nothing downloaded; the folder that is its path."""
    path = tmp_path / "bin"
    path.mkdir()
    monkeypatch.setenv("PATH", str(path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(postgres, "DEBIAN", tmp_path / "postgresql")
    monkeypatch.setattr(kafka, "main_home", lambda: home)
    return path


def test_on_a_good_machine_nothing_is_missing(home: Home) -> None:
    found = needs.all_findings(home)
    assert [finding.need for finding in found if not finding.met] == []
    answer = CliRunner().invoke(application(), ["doctor"])
    assert answer.exit_code == 0


def test_what_a_bare_machine_lacks_is_named_with_the_way_to_get_it(bare: Path) -> None:
    answer = CliRunner().invoke(application(), ["doctor", "--json"])
    found = {finding["need"]: finding for finding in json.loads(answer.stdout)}
    assert answer.exit_code == 1
    assert {need for need, finding in found.items() if not finding["met"]} == {
        "Java", "Maven", "PostgreSQL", "Chromium",
    }  # fmt: skip
    executable(bare / "apt-get", "")
    for package, name in needs.MANAGERS["apt-get"].items():
        assert needs.command(package).endswith(f"apt-get install -y {name}")


@pytest.mark.parametrize(
    ("program", "says", "need"),
    [
        ("java", 'openjdk version "11.0.2" 2019-01-15', "Java"),
        ("postgres", "postgres (PostgreSQL) 9.6.1", "PostgreSQL"),
    ],
)
def test_a_version_too_old_counts_as_missing(bare: Path, home: Home, program: str, says: str, need: str) -> None:
    executable(bare / program, f"echo '{says}'")
    executable(bare / "initdb", "")
    [finding] = [finding for finding in needs.findings(home) if finding.need == need]
    assert not finding.met
    assert "version" in finding.found


def test_a_root_without_any_unprivileged_user_is_told_so(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)
    monkeypatch.setattr("local.users.CANDIDATES", ())
    [finding] = [finding for finding in needs.findings(home) if finding.need == "user for PostgreSQL"]
    assert not finding.met
    assert finding.get


def test_without_a_browser_only_the_tests_lack_something(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "NAMES", ())
    assert all(finding.met for finding in needs.findings(home)), "up needs no browser"
    [told] = [finding for finding in needs.all_findings(home) if not finding.met]
    assert (told.need, told.for_tests, told.installable) == ("Chromium", True, "chromium")
    answer = CliRunner().invoke(application(), ["doctor"])
    assert answer.exit_code == 0
    assert "Chromium (for the tests only): no chromium is installed" in answer.stdout


def test_a_full_disk_is_found(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "FREE_GIGABYTES", 10**9)
    assert [finding.need for finding in needs.findings(home) if not finding.met] == ["disk"]


def test_a_taken_port_hinders_nothing_but_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "free", lambda port: port != ports.DEFAULTS["kafka"])
    [finding] = [finding for finding in needs.findings(home) if finding.need == "ports"]
    assert finding.met
    assert "kafka 9092" in finding.found


def test_up_on_a_bare_machine_ends_with_3_and_what_to_type(bare: Path) -> None:
    answer = CliRunner().invoke(application(), ["up"])
    assert answer.exit_code == 3
    assert "Java" in answer.stdout


def test_root_installs_what_is_missing_after_saying_so_and_makes_no_cluster(
    tmp_path: Path, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an apt-get that only writes down what it was asked, and whether Debian would have made a cluster then."""
    journal, switch = tmp_path / "journal", tmp_path / "createcluster.d" / "slotkeeper.conf"
    switch.parent.mkdir()
    executable(bare / "apt-get", f'[ -e "{switch}" ] && off=" without cluster"; echo "$*$off" >> "{journal}"')
    monkeypatch.setattr(install, "NO_CLUSTER", switch)
    missing = [Finding("Java", False, "", "", "java"), Finding("PostgreSQL", False, "", "", "postgresql")]
    said = Saying()
    install.install(missing, said)
    *_, last = journal.read_text().splitlines()
    assert last == "install -y -q --no-install-recommends default-jre-headless postgresql without cluster"
    assert not switch.exists()
    assert "default-jre-headless postgresql" in said.notes[0]


def test_a_failed_installation_is_an_error_with_its_words(bare: Path) -> None:
    executable(bare / "apt-get", "echo 'no such mirror'; exit 100")
    with pytest.raises(StackError, match="no such mirror"):
        install.install([Finding("Java", False, "", "", "java")], Quiet())


def test_status_of_a_stopped_stack_ends_with_3_and_says_so_in_json_too(home: Home) -> None:
    answer = CliRunner().invoke(application(), ["status", "--json"])
    assert answer.exit_code == 3
    assert {part["name"]: part["running"] for part in json.loads(answer.stdout)} == dict.fromkeys(stack.PARTS, False)


def test_down_of_a_stopped_stack_is_harmless(home: Home) -> None:
    answer = CliRunner().invoke(application(), ["down"])
    assert (answer.exit_code, answer.stdout) == (0, "nothing was running\n")


def test_a_stack_that_cannot_start_ends_with_3_its_words_and_what_to_do(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(self: stack.Stack, parts: object) -> None:
        raise StackError("Kafka ended: [/red] out of memory", "buy some")

    monkeypatch.setattr(stack.Stack, "start", fails)
    monkeypatch.setattr(sys, "argv", ["slotkeeper", "up"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 3
    said = capsys.readouterr().err
    assert "[/red] out of memory" in said
    assert said.endswith("next: buy some\n")


def test_an_unknown_part_is_wrong_use(home: Home) -> None:
    assert CliRunner().invoke(application(), ["up", "--only", "coffee"]).exit_code == 2


class Saying(Quiet):
    """Keeps what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []

    def note(self, what: str) -> None:
        self.notes.append(what)


def executable(path: Path, script: str) -> None:
    plant(path, f"#!/bin/sh\n{script}\n").chmod(0o755)
