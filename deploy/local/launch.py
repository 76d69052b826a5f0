"""Becomes the process to be started, after writing down who it is: so none ever runs without a record.

Run as a script: `launch.py RECORD UID GID FOLDER COMMAND…`. It is its own session, so a Ctrl-C in the terminal that
started the stack does not end it. UID `-1` keeps the user.
"""

import json
import os
import sys
from pathlib import Path


def started(pid: int) -> str | None:
    """When a process began, as the kernel counts; None when there is none (or a dead one nobody has collected)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in ("Z", "X") else fields[19]


def write_record(path: Path, command: list[str]) -> None:
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_text(json.dumps({"pid": os.getpid(), "started": started(os.getpid()), "command": command}))
    new.replace(path)


def become(uid: int, gid: int) -> None:
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def main() -> None:
    record, uid, gid, folder, *command = sys.argv[1:]
    os.setsid()
    write_record(Path(record), command)
    become(int(uid), int(gid))
    os.chdir(folder)
    os.execvpe(command[0], command, os.environ)


if __name__ == "__main__":
    main()
