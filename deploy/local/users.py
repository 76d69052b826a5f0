"""The unprivileged user that root lends to PostgreSQL, and what that user can reach."""

import pwd
import subprocess
from pathlib import Path
from typing import Any

from local.errors import Missing
from local.process import User

CANDIDATES = ("postgres", "nobody")


def unprivileged() -> User:
    """PostgreSQL's own user, else one that owns nothing."""
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return User(entry.pw_uid, entry.pw_gid)
    raise Missing("there is no unprivileged user for PostgreSQL", "useradd --system postgres")


def reaches(user: User, folder: Path) -> bool:
    """Whether that user can enter the folder; asked of the kernel, in that user's name."""
    if user.uid < 0:
        return True
    enter = ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]
    who: dict[str, Any] = {"user": user.uid, "group": user.gid, "extra_groups": []}
    return subprocess.run(enter, **who, cwd="/", capture_output=True, timeout=5).returncode == 0
