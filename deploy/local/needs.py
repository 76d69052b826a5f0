"""What the machine must have, whether it has it, and how to get what it has not."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local import browser, kafka, mail, ports, postgres
from local.errors import Missing
from local.home import Home
from local.process import Process
from local.services import SERVICES
from local.users import unprivileged

JAVA, POSTGRES, FREE_GIGABYTES = 17, 14, 2

MANAGERS = {
    "apt-get": {"java": "default-jre-headless", "maven": "maven", "postgresql": "postgresql", "chromium": "chromium"},
    "dnf": {
        "java": "java-latest-openjdk-headless", "maven": "maven", "postgresql": "postgresql-server",
        "chromium": "chromium",
    },
}  # fmt: skip
"""What each need is called by a package manager; the first manager that is there counts."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One need: met or not, what was found, what to do."""

    need: str
    met: bool
    found: str
    get: str = ""
    installable: str | None = None
    """The need's name among a package manager's, when it can be installed."""
    for_tests: bool = False
    """Whether everything but the tests works without it."""


def findings(home: Home) -> list[Finding]:
    """Everything that `up` depends on, in the order in which it does."""
    return [_processes(), _java(), _maven(), _postgres(), _user(), _disk(home), *_ports(home)]


def all_findings(home: Home) -> list[Finding]:
    """The same, and what the tests need beside it."""
    return [*findings(home), _browser()]


def _processes() -> Finding:
    met = Path("/proc/self/stat").is_file()
    return Finding("Linux", met, "yes" if met else "no /proc", "use a Linux machine, or `docker compose up`")


def _java() -> Finding:
    return _checked("Java", "java", f"Java {JAVA} or newer", _java_version, JAVA)


def _postgres() -> Finding:
    return _checked("PostgreSQL", "postgresql", f"PostgreSQL {POSTGRES} or newer", _postgres_version, POSTGRES)


def _checked(need: str, package: str, wanted: str, version: Callable[[], int], least: int) -> Finding:
    try:
        found = version()
    except Missing as missing:
        return Finding(need, False, str(missing), f"{wanted}: {command(package)}", package)
    return Finding(need, found >= least, f"version {found}", f"{wanted}: {command(package)}", package)


def _java_version() -> int:
    told = subprocess.run([kafka.java(), "-version"], capture_output=True, text=True, timeout=30)
    return _first_number(r'version "(\d+)', told.stderr + told.stdout)


def _postgres_version() -> int:
    told = subprocess.run([postgres.binaries() / "postgres", "--version"], capture_output=True, text=True, timeout=30)
    return _first_number(r"PostgreSQL\) (\d+)", told.stdout)


def _first_number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    return int(found[1]) if found else 0


def _maven() -> Finding:
    if kafka.have_jars():
        return Finding("Kafka's jars", True, "downloaded")
    found = shutil.which("mvn")
    return Finding("Maven", bool(found), found or "mvn is not installed", command("maven"), "maven")


def _browser() -> Finding:
    try:
        found = browser.chromium()
    except Missing as missing:
        return Finding("Chromium", False, str(missing), command("chromium"), "chromium", for_tests=True)
    return Finding("Chromium", True, found, for_tests=True)


def _user() -> Finding:
    if os.getuid() != 0:
        return Finding("user for PostgreSQL", True, "you")
    try:
        return Finding("user for PostgreSQL", True, f"uid {unprivileged().uid}")
    except Missing as missing:
        return Finding("user for PostgreSQL", False, str(missing), missing.hint)


def _disk(home: Home) -> Finding:
    folder = next(path for path in (home.folder, *home.folder.parents) if path.is_dir())
    free = shutil.disk_usage(folder).free / 2**30
    return Finding("disk", free >= FREE_GIGABYTES, f"{free:.1f} GB free", f"free {FREE_GIGABYTES} GB below {folder}")


def _ports(home: Home) -> list[Finding]:
    """A taken port hinders nothing, another is chosen: but whoever expects the usual one should know."""
    ours = ports.known(home)
    parts = {"kafka": kafka.NAME, "postgres": postgres.NAME, "mail": mail.NAME} | {name: name for name in SERVICES}
    stopped = [part for part, process in parts.items() if Process(home, process).pid() is None]
    wanted = {part: ports.DEFAULTS[part] for part in stopped if part not in ours}
    taken = [f"{part} {port}" for part, port in wanted.items() if not ports.free(port)]
    return [Finding("ports", True, f"taken, others will be used: {', '.join(taken)}" if taken else "free")]


def command(package: str) -> str:
    """What to type to install it here."""
    for manager, names in MANAGERS.items():
        if shutil.which(manager):
            return f"{'' if os.getuid() == 0 else 'sudo '}{manager} install -y {names[package]}"
    return f"install {package} with your system's package manager"
