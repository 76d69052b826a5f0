"""A container's health check: exit 0 when the service of this container does its work, else 1 and why."""

import sys

from kit.settings import Settings
from local.services import hindrances

sys.exit(hindrances(f"http://127.0.0.1:{Settings().port}"))
