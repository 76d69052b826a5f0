"""`python -m booking`: one booking process."""

import gc
import sys

import uvloop

from booking.app import serve
from kit import fault, logging, tracing
from kit.settings import settings


def main() -> int:
    chosen = settings()
    logging.configure("booking", level=chosen.log_level, json=chosen.log_json)
    tracing.configure("booking", chosen.otlp)
    fault.arm(chosen.fault)
    gc.freeze()
    gc.set_threshold(500_000, 1_000, 1_000)  # what a poll makes dies by its count: there are hardly any cycles to find
    return uvloop.run(serve(chosen))


if __name__ == "__main__":
    sys.exit(main())
