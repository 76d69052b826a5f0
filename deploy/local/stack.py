"""The stack: what `slotkeeper up` and `down` do, and what tests and the demonstration start, kill and start again.

Everything here may be called twice, and after any part was killed. Calls block; from async code use
`asyncio.to_thread`. A stack may be given a Kafka or a PostgreSQL that runs already: then it starts none of its own.
"""

import signal
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from contracts.routing import PARTITIONS
from local import kafka, mail, ports, postgres, prepare, services
from local.home import Home, main_home
from local.process import Process
from local.progress import Say
from local.secret import ROLES, secrets_of
from local.services import SERVICES, Site, name_of

PARTS = (postgres.NAME, kafka.NAME, mail.NAME, *SERVICES)


@dataclass(frozen=True, slots=True)
class Part:
    """How one part of the stack is."""

    name: str
    running: bool
    ready: bool
    pid: int | None
    where: str
    log: str
    hindrance: str | None = None


@dataclass(slots=True)
class Stack:
    """One stack in one home."""

    home: Home = field(default_factory=lambda: main_home())
    given_kafka: str | None = None
    """Bootstrap address of a Kafka that is not ours to start or stop."""
    given_postgres: str | None = None
    """DSN of a superuser of a PostgreSQL that is not ours to start or stop."""
    database: str = "slotkeeper"
    topic_prefix: str = "slotkeeper"
    partitions: int = PARTITIONS
    say: Say = field(default_factory=Say)

    @property
    def kafka(self) -> str:
        return self.given_kafka or kafka.address(self.home)

    @property
    def admin(self) -> str:
        """DSN of a superuser, to the server's own database."""
        return self.given_postgres or postgres.dsn(self.home)

    @property
    def site(self) -> Site:
        dsn = prepare.with_database(self.admin, self.database)
        return Site(self.home, self.kafka, dsn, self.topic_prefix, self.partitions)

    def has_secrets(self) -> bool:
        """Whether this stack was ever started: it has its own passwords and keys."""
        return (self.home.folder / "secrets.json").is_file()

    def start(self, parts: Iterable[str] = PARTS) -> None:
        """Starts the parts that do not run, and waits until they do their work."""
        wanted = set(parts)
        if unknown := wanted - set(PARTS):
            raise ValueError(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
        with self.home.locked():
            self._start_servers(wanted)
            if wanted & set(SERVICES):
                self.prepare()
                self._start_services([service for service in SERVICES if service in wanted])

    def prepare(self) -> None:
        """Database, roles, schemas, topics and placements; needs Kafka and PostgreSQL."""
        secret = secrets_of(self.home)
        passwords = {role: secret[f"password_{role}"] for role in ROLES}
        dsn = prepare.prepare_database(self.admin, self.database, passwords, self.say)
        prepare.prepare_streams(self.kafka, self.topic_prefix, self.partitions, {"main": dsn}, self.say)

    def stop(self) -> list[str]:
        """Ends what this stack started, the last first; the names of what ran."""
        with self.home.locked():
            return [name for name in self._running() if self._stop(name)]

    def status(self) -> list[Part]:
        """Every part, running or not; further instances of services too."""
        further = [name for name in self._recorded() if name not in PARTS]
        return [self._part(name) for name in (*PARTS, *further)]

    def environment(self, service: str, instance: str = "1") -> dict[str, str]:
        """The settings of a service, or of the command line (`cli`), as environment variables."""
        return services.environment(self.site, service, instance)

    def url(self, service: str, instance: str = "1") -> str:
        return services.url(self.home, service, instance)

    def start_service(
        self, name: str, instance: str = "1", extra: Mapping[str, str] | None = None, *, wait: bool = True
    ) -> str:
        """Starts one service, with further environment variables; its URL."""
        process = services.launch(self.site, name, instance, extra or {})
        if wait:
            services.await_ready(process, self.url(name, instance))
        return self.url(name, instance)

    def stop_service(self, name: str, number: int = signal.SIGTERM, instance: str = "1") -> bool:
        """Sends the signal and waits until it has ended; False when it did not run."""
        return services.stop(self.home, name, instance, number)

    def pid(self, name: str, instance: str = "1") -> int | None:
        """The pid of a part while it runs."""
        return Process(self.home, name_of(name, instance)).pid()

    def restart_kafka(self, number: int = signal.SIGTERM) -> None:
        kafka.stop(self.home, number)
        kafka.start(self.home, self.say)

    def restart_postgres(self, number: int = signal.SIGINT) -> None:
        postgres.stop(self.home, number)
        postgres.start(self.home, self.say)

    def _start_servers(self, wanted: set[str]) -> None:
        """Also those that run already: a killed start may have left one that does not answer yet."""
        if postgres.NAME in wanted and not self.given_postgres:
            with self._doing(postgres.NAME):
                postgres.start(self.home, self.say)
        if kafka.NAME in wanted and not self.given_kafka:
            with self._doing(kafka.NAME):
                kafka.start(self.home, self.say)
        if mail.NAME in wanted:
            with self._doing(mail.NAME):
                mail.start(self.home, self._of_kafka())

    def _of_kafka(self) -> dict[str, str]:
        settings = {"KAFKA": self.kafka, "TOPIC_PREFIX": self.topic_prefix, "PARTITIONS": str(self.partitions)}
        return {f"SLOTKEEPER_{name}": value for name, value in settings.items()}

    def _start_services(self, wanted: list[str]) -> None:
        services.choose_ports(self.home)
        saying = {service: self._doing(service) for service in wanted}
        processes = {service: services.launch(self.site, service, "1", {}) for service in wanted}
        for service, process in processes.items():
            with saying[service]:
                services.await_ready(process, self.url(service))

    def _doing(self, part: str) -> AbstractContextManager[object]:
        """Tells of a start; of what runs already there is nothing to tell."""
        return self.say.doing(part) if self.pid(part) is None else nullcontext()

    def _recorded(self) -> list[str]:
        """Whatever was ever started here and not stopped: the names of the records."""
        return sorted(path.stem for path in self.home.records.glob("[!.]*.json"))

    def _running(self) -> list[str]:
        """Those that ask others end before whom they ask."""
        last = [*reversed(SERVICES), mail.NAME, kafka.NAME, postgres.NAME]
        return [name for name in self._recorded() if name not in last] + last

    def _stop(self, name: str) -> bool:
        how = {kafka.NAME: signal.SIGTERM, postgres.NAME: signal.SIGINT}
        ran = Process(self.home, name).stop(how.get(name, signal.SIGTERM), seconds=30)
        if ran:
            self.say.done(f"{name} stopped")
        return ran

    def _part(self, name: str) -> Part:
        pid, log = Process(self.home, name).pid(), str(self.home.log(name))
        if name == postgres.NAME:
            where, well = self._where_postgres(), pid is not None and postgres.answers(self.admin)
            return Part(name, pid is not None, well, pid, where, log)
        if name == kafka.NAME:
            return Part(name, pid is not None, pid is not None and kafka.serves(self.kafka), pid, self.kafka, log)
        if name == mail.NAME:
            where = f"{ports.LOOPBACK}:{mail.port(self.home)}"
            return Part(name, pid is not None, pid is not None and mail.well(self.home), pid, where, log)
        where = self.url(*name.split("-", 1))
        hindrance = services.hindrances(where) if pid is not None else None
        return Part(name, pid is not None, pid is not None and hindrance is None, pid, where, log, hindrance)

    def _where_postgres(self) -> str:
        return f"{ports.LOOPBACK}:{ports.known(self.home).get(postgres.NAME, ports.DEFAULTS[postgres.NAME])}"
