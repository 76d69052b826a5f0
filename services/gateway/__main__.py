"""`python -m gateway`: serves HTTP until it is told to stop; requests under way are finished first."""

import uvicorn

from gateway.app import application
from gateway.opening import AWAITED, opened
from kit import logging, tracing
from kit.health import Health
from kit.settings import settings

PORT = 8080
GRACE_SECONDS = 10


def main() -> None:
    chosen = settings()
    logging.configure("gateway", level=chosen.log_level, json=chosen.log_json)
    tracing.configure("gateway", chosen.otlp)
    health = Health(*AWAITED)
    uvicorn.run(
        application(opened(chosen, health), health),
        host=chosen.host,
        port=chosen.port or PORT,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


if __name__ == "__main__":
    main()
