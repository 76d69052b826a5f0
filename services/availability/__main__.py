"""`python -m availability`: one availability process."""

import gc
import sys

import uvloop

from availability.app import serve
from kit import logging, tracing
from kit.settings import settings


def main() -> int:
    chosen = settings()
    logging.configure("availability", level=chosen.log_level, json=chosen.log_json)
    tracing.configure("availability", chosen.otlp)
    gc.freeze()
    return uvloop.run(serve(chosen))


if __name__ == "__main__":
    sys.exit(main())
