"""The local stack: starting twice is harmless, a killed start blocks nothing, `down` ends only what is its own."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from homes import a_home, plant, quickly_compiled
from local import kafka, launch, ports, postgres, shared
from local.errors import StackError
from local.home import Home, write_json
from local.process import Process
from local.progress import Quiet
from local.secret import secrets_of
from local.stack import Stack


@pytest.fixture
def home() -> Iterator[Home]:
    with a_home() as empty, quickly_compiled():
        yield empty


@pytest.fixture
def stack(home: Home) -> Stack:
    return Stack(home, say=Quiet())


async def test_starting_twice_also_at_the_same_time_starts_one_server(stack: Stack) -> None:
    await asyncio.gather(*(asyncio.to_thread(stack.start, ["postgres"]) for _ in range(3)))
    first = stack.pid("postgres")
    stack.start(["postgres"])
    assert stack.pid("postgres") == first
    assert clusters(stack.home) == 1


async def test_after_kill_9_of_everything_it_starts_again_where_it_was_with_its_data(stack: Stack) -> None:
    plant(stack.home.kafka / "data.new" / "meta.properties", "what a start killed while formatting left")
    stack.start(["postgres", "kafka"])
    where = (stack.admin, stack.kafka)
    await make_topic(stack.kafka)
    with psycopg.connect(stack.admin) as connection:
        connection.execute("create table diary (day int)")
    for part in ("postgres", "kafka"):
        assert Process(stack.home, part).stop(signal.SIGKILL)
        assert stack.pid(part) is None
    stack.start(["postgres", "kafka"])
    assert (stack.admin, stack.kafka) == where
    assert "kept" in await topics(stack.kafka)
    with psycopg.connect(stack.admin) as connection:
        assert connection.execute("select count(*) from diary").fetchone() == (0,)
    assert stack.stop() == ["kafka", "postgres"]


@pytest.mark.parametrize("moment", ["postgres.new", "postgres", "run/postgres.json"])
def test_a_start_killed_at_any_moment_does_not_block_the_next(stack: Stack, moment: str) -> None:
    code = "import sys; from pathlib import Path; from local.home import Home; from local.stack import Stack\n"
    code += "Stack(Home(Path(sys.argv[1]))).start(['postgres'])"
    starting = subprocess.Popen([sys.executable, "-c", code, str(stack.home.folder)], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not (stack.home.folder / moment).exists() and starting.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)
    starting.kill()
    starting.wait()
    stack.start(["postgres"])
    assert postgres.answers(stack.admin)
    assert clusters(stack.home) == 1


def test_a_dead_servers_pid_that_is_now_somebody_elses_does_not_block(stack: Stack) -> None:
    stack.start(["postgres"])
    Process(stack.home, "postgres").stop(signal.SIGKILL)
    lock = postgres.data_folder(stack.home, Quiet()) / "postmaster.pid"
    with subprocess.Popen(["sleep", "60"], **as_the_server(lock)) as stranger:
        lock.write_text(lock.read_text().replace(lock.read_text().split("\n")[0], str(stranger.pid), 1))
        stack.start(["postgres"])
        assert stranger.poll() is None
        stranger.kill()


def test_down_ends_only_what_it_started(stack: Stack) -> None:
    """Neither a stranger that got a recorded pid, nor one with the very same command line."""
    command = ["sleep", "61"]
    with subprocess.Popen(command) as stranger, subprocess.Popen(command) as twin:
        began = launch.started(stranger.pid)
        for name, known in {
            "booking": {"pid": stranger.pid, "started": began, "command": ["python", "-m", "booking"]},
            "gateway": {"pid": twin.pid, "started": "1", "command": command},
        }.items():
            write_json(stack.home.records / f"{name}.json", known)
        Process(stack.home, "availability").start(command, os.environ)
        ours = stack.pid("availability")
        assert stack.stop() == ["availability"]
        assert ours is not None
        assert launch.started(ours) is None
        assert stranger.poll() is None
        assert twin.poll() is None
        stranger.kill()
        twin.kill()


def test_a_process_that_will_not_end_is_ended_by_force(home: Home) -> None:
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    process = Process(home, "deaf")
    pid = process.start([sys.executable, "-c", deaf], os.environ)
    while "deaf" not in process.last_words():
        time.sleep(0.01)
    assert process.stop(seconds=0.2)
    assert launch.started(pid) is None


def test_taken_ports_are_left_to_their_owners_and_the_choice_is_remembered(home: Home) -> None:
    usual = Home(home.folder, well_known_ports=True)
    with taken(ports.DEFAULTS["booking"]):
        chosen = ports.choose(usual, "booking")
    assert chosen != ports.DEFAULTS["booking"]
    assert ports.choose(usual, "booking") == chosen, "the next start finds the same port"
    with taken(chosen):
        assert ports.choose(usual, "booking") != chosen


def test_no_two_parts_get_one_port(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Although the machine offers a port again as long as nobody listens on it."""
    offered = iter([port for port in range(40_000, 40_100) for _ in range(2)])
    monkeypatch.setattr(socket, "socket", lambda: Offering(next(offered)))
    chosen = [ports.choose(home, name) for name in ports.DEFAULTS]
    assert len(set(chosen)) == len(ports.DEFAULTS)


class Offering(socket.socket):
    """Binds to a port told before, where any would do."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port

    def getsockname(self) -> tuple[str, int]:
        return ports.LOOPBACK, self.port


def test_secrets_are_made_once_and_only_their_owner_reads_them(home: Home) -> None:
    first = secrets_of(home)
    assert secrets_of(home) == first
    assert (home.folder / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_password_is_needed_even_on_loopback(stack: Stack) -> None:
    stack.start(["postgres"])
    assert postgres.answers(stack.admin)
    assert not postgres.answers(stack.admin.replace(secrets_of(stack.home)["password_postgres"], "guessed"))


def test_data_goes_elsewhere_when_the_servers_user_cannot_enter(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "reaches", lambda user, folder: False)
    elsewhere = postgres.data_folder(home, Quiet())
    assert home.folder not in elsewhere.parents
    monkeypatch.undo()
    assert postgres.data_folder(home, Quiet()) == elsewhere, "where it once is, it stays"


def test_a_server_that_ends_while_starting_says_its_last_words(stack: Stack) -> None:
    stack.start(["postgres"])
    stack.stop()
    folder = postgres.data_folder(stack.home, Quiet())
    (folder / "PG_VERSION").write_text("9.0\n")
    with pytest.raises(StackError, match="incompatible"):
        stack.start(["postgres"])


def test_the_shared_stack_and_its_data_outlive_a_run_while_another_uses_it(home: Home) -> None:
    folders = kafka.data_folder(home), postgres.data_folder(home, Quiet())
    for folder in folders:
        folder.mkdir(parents=True)
    with shared.using(home):
        assert not shared.stop(home, Quiet())
        assert all(folder.exists() for folder in folders)
    assert shared.stop(home, Quiet())
    assert not any(folder.exists() for folder in folders)


def clusters(home: Home) -> int:
    """How many live servers have this home's data folder on their command line."""
    folder = str(postgres.data_folder(home, Quiet()))
    lines = [Path(f"/proc/{pid}/cmdline") for pid in os.listdir("/proc") if pid.isdigit()]
    return sum(1 for line in lines if folder in _read(line).split("\0"))


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def as_the_server(lock: Path) -> dict[str, Any]:
    """The user whose processes PostgreSQL believes to be alive."""
    owner = lock.stat()
    return {"user": owner.st_uid, "group": owner.st_gid} if os.getuid() == 0 else {}


@contextmanager
def taken(port: int) -> Iterator[None]:
    """Somebody listens on the port; perhaps already without us."""
    with socket.socket() as listening:
        if ports.free(port):
            listening.bind((ports.LOOPBACK, port))
            listening.listen()
        yield


async def make_topic(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic("kept", 1, 1)])
    await admin.close()


async def topics(bootstrap: str) -> list[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        return list(await admin.list_topics())
    finally:
        await admin.close()
