"""The stack that all test runs of a checkout share: started by the first that needs it, ended when nobody uses it, and
its data with it.

Who uses it is a shared kernel lock on one file: a killed run gives it back by dying, so there is no count to go wrong.
"""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from local import kafka, postgres
from local.home import Home, test_home
from local.process import Process
from local.progress import Quiet, Say

PARTS = (kafka.NAME, postgres.NAME)


@contextmanager
def using(home: Home | None = None) -> Iterator[Home]:
    """The home of the shared stack, kept alive meanwhile."""
    shared = home or test_home()
    with shared.locked():
        users = (shared.folder / "users").open("w")
        fcntl.flock(users, fcntl.LOCK_SH)
    with users:
        yield shared


def start(home: Home, part: str) -> None:
    """Kafka or PostgreSQL, unless it runs already."""
    with home.locked():
        if part == kafka.NAME:
            kafka.start(home, Quiet())
        else:
            postgres.start(home, Quiet())


def stop(home: Home | None = None, say: Say | None = None) -> bool:
    """Ends it and throws its data away unless somebody still uses it; whether it is down now."""
    shared = home or test_home()
    with shared.locked(), (shared.folder / "users").open("w") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            (say or Say()).note("another test run still uses the stack: it is left running")
            return False
        running = [name for name in PARTS if Process(shared, name).pid() is not None]
        for name in running:
            {kafka.NAME: kafka.stop, postgres.NAME: postgres.stop}[name](shared)
        for folder in (kafka.data_folder(shared), postgres.data_folder(shared, Quiet())):
            shutil.rmtree(folder, ignore_errors=True)
    return True
