"""One real PostgreSQL server from the machine's binaries, durable as in production, passwords and all.

PostgreSQL refuses to run as root, so root lends it an unprivileged user; that user must be able to reach the data, so a
checkout under a folder closed to it gets its data under /var/tmp instead, and says so. `initdb` works beside it.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg

from local import launch, ports
from local.errors import Missing, StackError
from local.home import Home
from local.ports import LOOPBACK
from local.process import Process, User, command_line, wait_until
from local.progress import Say
from local.secret import secrets_of
from local.users import reaches, unprivileged

NAME = "postgres"
READY_SECONDS = 60
DEBIAN = Path("/usr/lib/postgresql")

# Durable: fsync and synchronous_commit stay on. The rest gives a busy writer room without hurting a small machine.
CONFIG = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "300",
    "shared_buffers": "256MB",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "logging_collector": "off",
    "log_checkpoints": "off",
    "timezone": "UTC",
}


def binaries() -> Path:
    """The folder with `initdb` and `postgres`: on the path, else the newest of Debian's."""
    if (found := shutil.which("postgres")) and shutil.which("initdb"):
        return Path(found).resolve().parent
    debian = [path.parent for path in DEBIAN.glob("*/bin/postgres")]
    if not debian:
        raise Missing("PostgreSQL is not installed", "PostgreSQL 14 or newer; `slotkeeper doctor` says how to get it")
    return max(debian, key=lambda path: float(path.parent.name))


def start(home: Home, say: Say) -> None:
    """Runs the server and waits until it answers."""
    process = Process(home, NAME)
    if process.pid() is None:
        folder = data_folder(home, say)
        _initialise(home, folder, say)
        port = ports.choose(home, NAME)
        _free_stale_lock(folder)
        settings = [f"{name}={value}" for name, value in CONFIG.items()]
        options = [part for setting in settings for part in ("-c", setting)]
        command = [str(binaries() / "postgres"), "-D", str(folder), "-p", str(port), *options]
        _start_until_it_stays(process, command)
    if not wait_until(lambda: answers(dsn(home)) or process.pid() is None, READY_SECONDS):
        raise StackError(f"PostgreSQL does not answer after {READY_SECONDS} s", f"see {home.log(NAME)}")
    if process.pid() is None:
        raise StackError(f"PostgreSQL ended while starting:\n{process.last_words()}", f"see {home.log(NAME)}")


def _start_until_it_stays(process: Process, command: list[str]) -> None:
    """After a kill -9 its last children may hold the data for a moment: then it ends at once, and is tried again."""

    def held_back() -> bool:
        before = process.home.log(NAME).stat().st_size if process.home.log(NAME).is_file() else 0
        process.start(command, os.environ, _user())
        wait_until(lambda: answers(dsn(process.home)) or process.pid() is None, READY_SECONDS)
        said = process.home.log(NAME).read_bytes()[before:]
        return process.pid() is None and b"pre-existing shared memory" in said

    wait_until(lambda: not held_back(), 20, every=0.3)


def stop(home: Home, number: int = signal.SIGINT) -> bool:
    """SIGINT is PostgreSQL's "fast" shutdown: clients are cut off, everything is written."""
    return Process(home, NAME).stop(number, seconds=30)


def dsn(home: Home, database: str = "postgres", role: str = "postgres") -> str:
    port = ports.known(home).get(NAME, ports.DEFAULTS[NAME])
    return f"postgresql://{role}:{secrets_of(home)[f'password_{role}']}@{LOOPBACK}:{port}/{database}"


def answers(where: str) -> bool:
    try:
        with psycopg.connect(where, connect_timeout=2) as connection:
            connection.execute("select 1")
    except psycopg.OperationalError:
        return False
    return True


def data_folder(home: Home, say: Say) -> Path:
    """Where the data is: in the home, if the server's user can get there; remembered."""
    if known := home.remembered().get("postgres_data"):
        return Path(known)
    folder = home.folder / "postgres"
    home.records.mkdir(exist_ok=True)
    if not reaches(_user(), home.folder):
        name = hashlib.sha256(str(home.folder).encode()).hexdigest()[:12]
        folder = Path("/var/tmp") / f"slotkeeper-{name}"
        say.note(f"PostgreSQL's user cannot enter {home.folder}: its data goes to {folder}")
    home.remember(postgres_data=str(folder))
    return folder


def _initialise(home: Home, folder: Path, say: Say) -> None:
    """A new cluster, made beside its place: half a one is never taken for a whole one."""
    if (folder / "PG_VERSION").is_file():
        return
    new, user = folder.with_name(f"{folder.name}.new"), _user()
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700, parents=True)
    _give(new, user)
    with say.doing("a new PostgreSQL cluster"):
        options = ["--auth=scram-sha-256", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-instructions"]
        password = _password_file(home, folder, user)
        _run_as(user, [str(binaries() / "initdb"), "-D", str(new), *options, f"--pwfile={password}"])
        password.unlink()
    new.rename(folder)


def _password_file(home: Home, folder: Path, user: User) -> Path:
    path = folder.with_name(f".{folder.name}.password")
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(secrets_of(home)["password_postgres"])
    _give(path, user)
    return path


def _run_as(user: User, command: list[str]) -> None:
    who: dict[str, Any] = {"user": user.uid, "group": user.gid, "extra_groups": []} if user.uid >= 0 else {}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd="/", **who)
    if done.returncode:
        raise StackError(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}")


def _free_stale_lock(folder: Path) -> None:
    """A dead server's lock file may name a pid that now is somebody else's, and PostgreSQL would refuse to start.

    Only the pid is replaced, by one that is certainly dead: the rest of the file still tells it of old children.
    """
    lock = folder / "postmaster.pid"
    lines = lock.read_text().splitlines() if lock.is_file() else []
    if not lines or not lines[0].strip().isdigit():
        lock.unlink(missing_ok=True)
        return
    pid = int(lines[0])
    if launch.started(pid) is None or str(folder) not in command_line(pid):
        with subprocess.Popen([sys.executable, "-S", "-c", ""]) as gone:
            gone.wait()
        lock.write_text("\n".join([str(gone.pid), *lines[1:]]) + "\n")


def _user() -> User:
    return unprivileged() if os.getuid() == 0 else User()


def _give(folder: Path, user: User) -> None:
    if user.uid >= 0:
        os.chown(folder, user.uid, user.gid)
