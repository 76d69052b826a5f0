"""The import rules hold, and each goes red when it is broken: a forbidden import planted in a copy of the tree."""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("libs", "services", "deploy")
RULES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

PLANTS = [
    ("contracts imports nothing of ours", "libs/contracts/routing.py", "import kit.settings"),
    ("contracts imports nothing of ours", "libs/contracts/routing.py", "import random"),
    ("scheduling imports contracts at most", "libs/scheduling/advance.py", "import eventlog.log"),
    ("scheduling imports contracts at most", "libs/scheduling/advance.py", "from time import monotonic"),
    ("decide, evolve and fold", "services/booking/decide.py", "import uuid"),
    ("decide, evolve and fold", "services/booking/decide.py", "import asyncpg"),
    ("decide, evolve and fold", "services/booking/state.py", "from eventlog import log"),
    ("decide, evolve and fold", "services/booking/transitions.py", "import booking.desk"),
    ("decide, evolve and fold", "services/availability/fold.py", "import os"),
    ("whether, where", "services/webhook/sending/addresses.py", "import socket"),
    ("a message is put into words", "services/notification/rendering/filters.py", "import os"),
    ("a message is put into words", "services/notification/rendering/render.py", "import aiohttp"),
    ("who is told what", "services/notification/planning.py", "import asyncpg"),
    ("who is told what", "services/notification/sending/judging.py", "from time import time"),
    ("libs never import services", "libs/kit/clock.py", "import gateway"),
    ("libs never import services", "libs/streams/topics.py", "import local"),
    ("services never import each other", "services/availability/store.py", "import booking"),
    ("services never import each other", "services/gateway/keys.py", "from availability import store"),
    ("services know neither the command line", "services/booking/desk.py", "import cli"),
    ("services know neither the command line", "services/gateway/keys.py", "import local"),
    ("a dialect has no way past", "services/gateway/dialects/bookwell.py", "from eventlog import log"),
    ("a dialect has no way past", "services/gateway/dialects/visit.py", "import aiokafka"),
    ("the command line and the local stack", "services/cli/docs.py", "import booking"),
    ("the command line and the local stack", "deploy/local/stack.py", "import gateway"),
]


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    """import-linter over the packages of `tree`, whatever is installed."""
    paths = os.pathsep.join(str(tree / source) for source in SOURCES)
    call = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    return subprocess.run(
        [sys.executable, "-c", call, "--no-cache"],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": paths, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = tmp_path_factory.mktemp("tree")
    for source in SOURCES:
        shutil.copytree(ROOT / source, tree / source, ignore=shutil.ignore_patterns("__pycache__", "target", "*.jar"))
    (tree / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "import_rules.py", tree / "tests")
    shutil.copy(ROOT / "pyproject.toml", tree)
    return tree


@pytest.fixture
def planted(copy: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The copy with one line more in one module."""
    module, line = request.param
    path = copy / module
    before = path.read_text()
    path.write_text(f"{before}\n{line}\n")
    yield copy
    path.write_text(before)


def broken(said: str) -> set[str]:
    """The first words of every rule reported as broken; long names are wrapped over lines."""
    summary = " ".join(said.split("Contracts:")[0].split())
    verdicts = {rule["name"]: summary.split(rule["name"])[1].split()[0] for rule in RULES}
    return {name for name, verdict in verdicts.items() if verdict == "BROKEN"}


def test_the_tree_keeps_every_rule() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(RULES)} kept, 0 broken" in done.stdout


@pytest.mark.parametrize(("rule", "planted"), [(rule, (module, line)) for rule, module, line in PLANTS],
                         indirect=["planted"], ids=[f"{line} in {module}" for _, module, line in PLANTS])  # fmt: skip
def test_a_forbidden_import_breaks_its_rule(rule: str, planted: Path) -> None:
    done = lint(planted)
    assert done.returncode == 1, done.stdout + done.stderr
    assert any(name.startswith(rule) for name in broken(done.stdout)), done.stdout


def test_every_rule_has_its_negative_control() -> None:
    controlled = {rule for rule, _, _ in PLANTS}
    assert all(any(rule["name"].startswith(start) for start in controlled) for rule in RULES)


def test_a_rule_about_a_module_that_is_gone_is_broken(copy: Path) -> None:
    moved = copy / "services" / "booking" / "moves.py"
    away = moved.rename(moved.with_suffix(".gone"))
    done = lint(copy)
    away.rename(moved)
    assert done.returncode == 1
    assert "there is no module booking.moves" in done.stdout
