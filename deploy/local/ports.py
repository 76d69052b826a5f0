"""Which ports a stack listens on: the well-known ones where they are free, else others; and the same ones again."""

import socket
from collections.abc import Collection

from local.home import Home
from local.process import wait_until

LOOPBACK = "127.0.0.1"
LINGER_SECONDS = 2
"""A killed server's children may keep its port for a moment."""
DEFAULTS = {
    "kafka": 9092,
    "kafka-controller": 9093,
    "postgres": 5432,
    "gateway": 8080,
    "booking": 8081,
    "availability": 8082,
    "mail": 8025,
    "webhook": 8083,
    "notification": 8084,
}


def free(port: int) -> bool:
    """Whether nobody listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def any_free(taken: Collection[int] = ()) -> int:
    """A port that nobody listens on and no other part was promised: a promised one may not be listened on yet."""
    while True:
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            port: int = probe.getsockname()[1]
        if port not in taken:
            return port


def known(home: Home) -> dict[str, int]:
    """The ports chosen so far."""
    return dict(home.remembered().get("ports", {}))


def choose(home: Home, name: str) -> int:
    """The port for a part about to start: last time's, else the well-known one, else any that is free."""
    ports = known(home)
    if last := ports.get(name):
        wait_until(lambda: free(last), LINGER_SECONDS)
    wanted = [last or 0, DEFAULTS.get(name, 0) if home.well_known_ports else 0]
    taken = {port for other, port in ports.items() if other != name}
    port = next((p for p in wanted if p and p not in taken and free(p)), 0) or any_free(taken)
    home.remember(ports=ports | {name: port})
    return port
