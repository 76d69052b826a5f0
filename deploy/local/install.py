"""Installs what is missing: only as root, only where there is apt-get, and only after saying so."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from local.errors import StackError
from local.needs import MANAGERS, Finding
from local.progress import Say

APT = "apt-get"
NO_CLUSTER = Path("/etc/postgresql-common/createcluster.d/slotkeeper.conf")
SECONDS = 600


def possible() -> bool:
    """Whether this process may install."""
    return os.getuid() == 0 and shutil.which(APT) is not None


def install(missing: Sequence[Finding], say: Say) -> None:
    """The packages of these needs."""
    names = [MANAGERS[APT][finding.installable] for finding in missing if finding.installable]
    say.note(f"missing: {', '.join(finding.need for finding in missing)}; installing {' '.join(names)} with {APT}")
    with say.doing(f"{APT} install {' '.join(names)}"):
        _apt("update", "-q")
        if "postgresql" in names:
            _apt("install", "-y", "-q", "postgresql-common")
        with _without_a_cluster():
            _apt("install", "-y", "-q", "--no-install-recommends", *names)


@contextmanager
def _without_a_cluster() -> Iterator[None]:
    """Debian's package would start a server of its own; only the binaries are wanted."""
    if NO_CLUSTER.parent.is_dir():
        NO_CLUSTER.write_text("create_main_cluster = false\n")
    try:
        yield
    finally:
        NO_CLUSTER.unlink(missing_ok=True)


def _apt(*arguments: str) -> None:
    told = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run([APT, *arguments], env=told, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode:
        raise StackError(
            f"{APT} {' '.join(arguments)} failed:\n{(done.stdout + done.stderr)[-1500:]}", "run it by hand"
        )
