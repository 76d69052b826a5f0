"""The example in README.md is run as it stands there, against a stack, with a key of a new tenant."""

import subprocess
import sys

from local.home import CHECKOUT
from terminal import Terminal


def test_the_twenty_lines_of_the_readme_do_what_they_say(slotkeeper: Terminal) -> None:
    code = (CHECKOUT / "README.md").read_text().partition("```python\n")[2].partition("```")[0]
    key = slotkeeper("tenants", "create", "acme", "--key", "--json").json["key"]
    there = code.replace("http://127.0.0.1:8080", slotkeeper.stack.url("gateway"))
    assert there != code
    done = subprocess.run(
        [sys.executable, "-c", there], env={"KEY": key}, capture_output=True, text=True, timeout=60
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    booked, refused = done.stdout.splitlines()
    assert booked.startswith("apt_")
    assert refused.startswith("Booked 09:00")
    assert len([line for line in code.splitlines() if line.strip()]) <= 20
