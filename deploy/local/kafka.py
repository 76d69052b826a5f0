"""One real Apache Kafka broker, its own controller (KRaft), from plain jars.

The data folder is formatted beside its place and moved there when done, so a start killed half-way is begun anew.
"""

import hashlib
import os
import shutil
import signal
import socket
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

from local import ports
from local.errors import Missing, StackError
from local.home import Home, main_home
from local.ports import LOOPBACK
from local.process import Process, wait_until
from local.progress import Say

HERE = Path(__file__).parent
NAME = "kafka"
HEAP = ("-Xms256m", "-Xmx768m")
COMPILING = "-XX:TieredStopAtLevel=1"
"""Code that is fast at once: on two cores that others need too, compiling it better costs more than it saves."""
READY_SECONDS = 60

# Beside ports and folders. Nothing about flushing: Kafka's defaults. A topic that nobody declared is a mistake.
FIXED = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "12",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "3",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "log.segment.bytes": str(128 * 1024 * 1024),
    # A deleted topic's files go soon: tests make and delete many.
    "log.segment.delete.delay.ms": "1000",
    "message.max.bytes": str(5 * 1024 * 1024),
    "replica.fetch.max.bytes": str(5 * 1024 * 1024),
    # The controller holds a killed broker's place until its session ends, so this is what a restart waits for.
    "broker.heartbeat.interval.ms": "500",
    "broker.session.timeout.ms": "3000",
    "num.network.threads": "2",
    "num.io.threads": "4",
}


def java() -> str:
    """The java to run it with."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin" if home else None) or shutil.which("java")
    if found is None:
        raise Missing("java is not installed", "Java 17 or newer; `slotkeeper doctor` says how to get it")
    return found


def jars(say: Say) -> Path:
    """The folder of Kafka's jars, downloaded when the pom changed or they are not there yet."""
    if not have_jars():
        with Home(main_home().kafka).locked():
            if not have_jars():
                _download(_jars(), say)
    return _jars()


def have_jars() -> bool:
    """Whether the jars that the pom names are all there: their stamp is written last."""
    done = _jars() / "pom.sha256"
    return done.is_file() and done.read_text() == _stamp()


def _jars() -> Path:
    return main_home().folder / "kafka" / "jars"


def _stamp() -> str:
    return hashlib.sha256((HERE / "pom.xml").read_bytes()).hexdigest()


def _download(folder: Path, say: Say) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise Missing("mvn (Apache Maven) is not installed", "`slotkeeper doctor` says how to get it")
    new = folder.with_name("jars.new")
    shutil.rmtree(new, ignore_errors=True)
    goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={new}"]
    command = [maven, "-B", "-f", str(HERE / "pom.xml"), *goal]
    with say.doing("Kafka's jars (about 45 MB, once)") as step:
        output: list[str] = []
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
            for line in running.stdout or ():
                output.append(line)
                if "Download" in line or "Copying" in line:
                    step.note(line.split("]", 1)[-1].strip().rsplit("/", 1)[-1])
        if running.returncode:
            raise StackError("Kafka's jars could not be downloaded:\n" + "".join(output[-8:]), "check the network")
    (new / "pom.sha256").write_text(_stamp())
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)


def start(home: Home, say: Say) -> str:
    """Runs the broker and waits until it serves; its address."""
    process = Process(home, NAME)
    if process.pid() is None:
        classpath = f"{jars(say)}/*"
        ports.choose(home, NAME)
        ports.choose(home, "kafka-controller")
        config = _configure(home)
        _format(home, classpath, config)
        options = (*HEAP, COMPILING, "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-Djava.awt.headless=true")
        process.start([*_java(classpath, options), "kafka.Kafka", str(config)], os.environ)
    if not wait_until(lambda: serves(address(home)) or process.pid() is None, READY_SECONDS, every=0.1):
        raise StackError(f"Kafka does not answer after {READY_SECONDS} s", f"see {home.log(NAME)}")
    if process.pid() is None:
        raise StackError(f"Kafka ended while starting:\n{process.last_words()}", f"see {home.log(NAME)}")
    return address(home)


def stop(home: Home, number: int = signal.SIGTERM) -> bool:
    return Process(home, NAME).stop(number, seconds=30)


def address(home: Home) -> str:
    return f"{LOOPBACK}:{ports.known(home).get(NAME, ports.DEFAULTS[NAME])}"


def data_folder(home: Home) -> Path:
    """Where the data is."""
    return home.kafka / "data"


def _configure(home: Home) -> Path:
    port, controller = ports.known(home)[NAME], ports.known(home)["kafka-controller"]
    chosen = {
        "listeners": f"PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller}",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{port}",
        "controller.quorum.voters": f"1@{LOOPBACK}:{controller}",
        "log.dirs": str(data_folder(home)),
    }
    path = home.kafka / "server.properties"
    path.write_text("".join(f"{name}={value}\n" for name, value in (FIXED | chosen).items()))
    return path


def _format(home: Home, classpath: str, config: Path) -> None:
    """An empty data folder with a cluster's id, once."""
    data, new = data_folder(home), home.kafka / "data.new"
    if data.is_dir():
        return
    shutil.rmtree(new, ignore_errors=True)
    beside = config.with_name("format.properties")
    beside.write_text(config.read_text().replace(f"log.dirs={data}", f"log.dirs={new}"))
    cluster = "c2xvdGtlZXBlci1sb2NhbA"
    command = [*_java(classpath, (COMPILING,)), "kafka.tools.StorageTool", "format"]
    done = subprocess.run([*command, "-t", cluster, "-c", str(beside)], capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise StackError(f"Kafka's data folder could not be formatted:\n{done.stdout}{done.stderr}")
    new.rename(data)


def _java(classpath: str, options: Sequence[str]) -> list[str]:
    logging = f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}"
    return [java(), *options, logging, "-cp", classpath]


def serves(bootstrap: str) -> bool:
    """Whether a broker answers there and names itself among the live ones (a starting one leaves itself out)."""
    host, _, port = bootstrap.rpartition(":")
    client = b"slotkeeper"
    # Metadata, version 1, correlation 7, of no topics.
    request = struct.pack(">hhih", 3, 1, 7, len(client)) + client + struct.pack(">i", 0)
    try:
        with socket.create_connection((host, int(port)), timeout=2) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            answer = connection.recv(12)
    except OSError:
        return False
    return len(answer) == 12 and struct.unpack(">iii", answer)[2] > 0
