"""`python -m notification`: one notification process."""

import gc
import sys

import uvloop

from kit import logging, tracing
from kit.settings import settings
from notification.app import serve


def main() -> int:
    chosen = settings()
    logging.configure("notification", level=chosen.log_level, json=chosen.log_json)
    tracing.configure("notification", chosen.otlp)
    gc.freeze()
    return uvloop.run(serve(chosen))


if __name__ == "__main__":
    sys.exit(main())
