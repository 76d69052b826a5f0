"""Where a container engine answers, docker-compose.yml is not only read but run: every part gets well."""

import os
import shutil
import subprocess
import urllib.request
from pathlib import Path

import pytest

from local.home import CHECKOUT
from local.ports import any_free
from stack import engine_answers

PUBLISHED = ("KAFKA", "POSTGRES", "GATEWAY", "PROMETHEUS", "GRAFANA")


@pytest.mark.timeout(1500)
def test_every_container_gets_well_where_an_engine_answers(tmp_path: Path) -> None:
    """The parser tests in test_compose.py hold everywhere; this one has something to do only beside an engine."""
    if not (engine_answers(os.environ) and shutil.which("docker") and run("version").returncode == 0):
        return
    chosen: dict[str, int] = {}
    for part in PUBLISHED:
        chosen[f"{part}_PORT"] = any_free(chosen.values())
    env = settings(tmp_path, chosen)
    started = run("up", "--build", "--wait", "--wait-timeout", "300", env=env)
    try:
        assert started.returncode == 0, started.stderr[-4000:]
        with urllib.request.urlopen(f"http://127.0.0.1:{chosen['GATEWAY_PORT']}/readyz", timeout=10) as answer:
            assert answer.status == 200
    finally:
        run("down", "--volumes", env=env)


def run(*arguments: str, env: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A project name of its own: a person's containers are left alone."""
    options = ["--env-file", str(env)] if env else []
    command = ["docker", "compose", "-p", "slotkeeper-test", *options, *arguments]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=1200)


def settings(folder: Path, chosen: dict[str, int]) -> Path:
    """New secrets, and ports that nobody uses."""
    (folder / "deploy").mkdir(exist_ok=True)
    shutil.copy(CHECKOUT / "deploy" / "make-env", folder / "deploy")
    subprocess.run([folder / "deploy" / "make-env"], check=True, timeout=10)
    written = folder / ".env"
    written.write_text(written.read_text() + "".join(f"{name}={value}\n" for name, value in chosen.items()))
    return written
