"""The services of a stack as processes: what each is told, how it is started, when it is ready."""

import json
import os
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass

from local import mail, ports
from local.errors import StackError
from local.home import Home
from local.ports import LOOPBACK
from local.prepare import with_role
from local.process import Process, wait_until
from local.secret import secrets_of

SERVICES = ("booking", "availability", "webhook", "notification", "gateway")
READY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Site:
    """Where a stack's services find what they need."""

    home: Home
    kafka: str
    database: str
    """DSN of the database for an administrator; a service gets its own role instead."""
    topic_prefix: str
    partitions: int


def name_of(service: str, instance: str = "1") -> str:
    """The process's name: the first instance has the service's, a second one is `booking-2`."""
    return service if instance == "1" else f"{service}-{instance}"


def url(home: Home, service: str, instance: str = "1") -> str:
    port = ports.known(home).get(name_of(service, instance), ports.DEFAULTS[service])
    return f"http://{LOOPBACK}:{port}"


def environment(site: Site, service: str, instance: str = "1") -> dict[str, str]:
    """The settings of one service (kit.settings), or of the command line (`cli`)."""
    secret = secrets_of(site.home)

    def dsn(role: str) -> str:
        return with_role(site.database, role, secret[f"password_{role}"])

    log_role = "booking" if service in ("booking", "cli") else "log_reader"
    own_role = "availability" if service == "cli" else service
    settings = {
        "KAFKA": site.kafka,
        "TOPIC_PREFIX": site.topic_prefix,
        "PARTITIONS": str(site.partitions),
        "DATABASES": json.dumps({"main": dsn(log_role)}),
        "DATABASE": dsn(own_role),
        "MASTER_KEY": secret["master_key"],
        "INTERNAL_KEY": secret["internal_key"],
        "OPERATOR_KEY": secret["operator_key"],
        "INSTANCE": instance,
        "PORT": url(site.home, service, instance).rpartition(":")[2] if service in SERVICES else "0",
        # The catcher of this stack, whether it runs or not.
        "SMTP_HOST": LOOPBACK,
        "SMTP_PORT": str(mail.port(site.home)),
        "SMTP_SECURITY": "none",
        "WEBHOOK_ALLOW_LOOPBACK": "true",
        **{f"{name.upper()}_URL": url(site.home, name) for name in SERVICES},
    }
    # No system zone files: every process reads the same pinned tzdata package (D15).
    return {f"SLOTKEEPER_{name}": value for name, value in settings.items()} | {"PYTHONTZPATH": ""}


def choose_ports(home: Home, instance: str = "1") -> None:
    """Ports of all services before the first starts: each is told where the others are."""
    for name in (*(name_of(service, instance) for service in SERVICES), mail.NAME):
        if Process(home, name).pid() is None:
            ports.choose(home, name)


def launch(site: Site, service: str, instance: str, extra: Mapping[str, str]) -> Process:
    """Starts it, unless it runs; does not wait."""
    process = Process(site.home, name_of(service, instance))
    if process.pid() is None:
        ports.choose(site.home, process.name)
        told = {**os.environ, **environment(site, service, instance), **extra}
        process.start([sys.executable, "-m", service], told)
    return process


def await_ready(process: Process, where: str, seconds: float = READY_SECONDS) -> None:
    """Returns when it does its work; raises when it ended or takes too long."""
    wait_until(lambda: ready(where) or process.pid() is None, seconds)
    log = process.home.log(process.name)
    if process.pid() is None:
        raise StackError(f"{process.name} ended while starting:\n{process.last_words()}", f"see {log}")
    if not ready(where):
        raise StackError(f"{process.name} is not ready after {seconds:.0f} s: {hindrances(where)}", f"see {log}")


def stop(home: Home, service: str, instance: str = "1", number: int = signal.SIGTERM) -> bool:
    return Process(home, name_of(service, instance)).stop(number)


def ready(where: str) -> bool:
    return hindrances(where) is None


def hindrances(where: str) -> str | None:
    """What the service says stands in its way; None when it is ready."""
    try:
        with urllib.request.urlopen(f"{where}/readyz", timeout=2):
            return None
    except urllib.error.HTTPError as error:
        return error.read(500).decode(errors="replace")
    except OSError as error:
        return str(error)
