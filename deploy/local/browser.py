"""The browser in which the tests look at the console: the system's Chromium."""

import shutil

from local.errors import Missing

NAMES = ("chromium", "chromium-browser", "google-chrome")
"""What it is called, by the distribution."""


def chromium() -> str:
    """Where it is; raises `Missing`."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise Missing("no chromium is installed")
    return found
