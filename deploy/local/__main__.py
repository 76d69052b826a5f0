"""For the Makefile: `python -m local install | stop-tests | clean`.

`install` gets what the machine lacks, where that is possible, and otherwise only says what is missing; `stop-tests`
ends the stack that test runs share, and its data, unless a run still uses it; `clean` removes all data of a stopped
stack.
"""

import shutil
import sys
from collections.abc import Callable

from local import install, needs, shared
from local.home import main_home, test_home
from local.progress import Say
from local.stack import Stack


def meet() -> None:
    unmet = [finding for finding in needs.all_findings(main_home()) if not finding.met]
    if unmet and install.possible():
        return install.install(unmet, Say())
    for finding in unmet:
        Say().note(f"{finding.need}: {finding.found}; {finding.get}")
    return None


def clean() -> None:
    """Also PostgreSQL's data, where it had to be elsewhere."""
    for home in (test_home(), main_home()):
        if running := [part.name for part in Stack(home).status() if part.running]:
            sys.exit(f"still running in {home.folder}: {', '.join(running)}; stop it first")
        if elsewhere := home.remembered().get("postgres_data"):
            shutil.rmtree(elsewhere, ignore_errors=True)
        shutil.rmtree(home.folder, ignore_errors=True)


COMMANDS: dict[str, Callable[[], object]] = {"install": meet, "stop-tests": shared.stop, "clean": clean}

if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
    sys.exit(f"usage: python -m local {' | '.join(COMMANDS)}")
COMMANDS[sys.argv[1]]()
