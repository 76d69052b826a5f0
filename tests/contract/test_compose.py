"""docker-compose.yml says nothing that the code does not understand, and nothing is missing from it."""

import json
import re
import shutil
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

from kit.settings import Settings
from local import kafka, migrate, ports
from local.home import CHECKOUT
from local.services import SERVICES
from streams.topics import declared

VARIABLE = re.compile(r"\$\{(\w+)(?::([?-])([^}]*))?\}")
DASHBOARDS = CHECKOUT / "deploy" / "dashboards"


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What `deploy/make-env` writes, as a person would run it."""
    checkout = tmp_path_factory.mktemp("checkout")
    (checkout / "deploy").mkdir()
    shutil.copy(CHECKOUT / "deploy" / "make-env", checkout / "deploy")
    subprocess.run([checkout / "deploy" / "make-env"], check=True, timeout=10)
    written = checkout / ".env"
    assert written.stat().st_mode & 0o777 == 0o600
    before = written.read_text()
    subprocess.run([checkout / "deploy" / "make-env"], check=True, timeout=10)
    assert written.read_text() == before, "secrets in use must not change"
    return dict(line.split("=", 1) for line in before.splitlines())


@pytest.fixture(scope="module")
def compose(secrets: dict[str, str]) -> dict[str, Any]:
    """The file as a compose client reads it; an unknown variable is a KeyError."""
    text = (CHECKOUT / "docker-compose.yml").read_text()
    body = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    found: dict[str, Any] = yaml.safe_load(VARIABLE.sub(lambda match: value(match, secrets), body))
    return found


def test_all_parts_are_there_and_each_says_when_it_is_well(compose: dict[str, Any]) -> None:
    once = {"migrate"}
    assert set(compose["services"]) == {"kafka", "postgres", "mail", *SERVICES, "prometheus", "grafana"} | once
    assert all("healthcheck" in compose["services"][name] for name in set(compose["services"]) - once)
    assert compose["services"]["kafka"]["image"].startswith("apache/kafka:4.")
    assert {
        mount.split(":")[0] for name in ("kafka", "postgres") for mount in compose["services"][name]["volumes"]
    } <= set(compose["volumes"])


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_told_only_settings_that_exist_and_they_are_valid(
    compose: dict[str, Any], service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = compose["services"][service]["environment"]
    assert {name.removeprefix("SLOTKEEPER_").lower() for name in told} <= set(Settings.model_fields)
    for name, value in told.items():
        assert isinstance(value, str), f"{name} is not text"
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.port == ports.DEFAULTS[service]
    assert settings.host == "0.0.0.0"
    assert settings.partitions == declared().partitions
    role = "booking" if service == "booking" else "log_reader"
    assert settings.databases["main"].startswith(f"postgresql://{role}:")
    assert settings.database.startswith(f"postgresql://{service}:")
    assert compose["services"][service]["command"] == ["python", "-m", service]


def test_services_find_one_another_by_name_and_port(compose: dict[str, Any]) -> None:
    told = compose["services"]["gateway"]["environment"]
    for service in SERVICES:
        assert told[f"SLOTKEEPER_{service.upper()}_URL"] == f"http://{service}:{ports.DEFAULTS[service]}"


def test_services_start_after_everything_is_prepared(compose: dict[str, Any]) -> None:
    wanted = {"kafka": "service_healthy", "postgres": "service_healthy"}
    for service in SERVICES:
        after = {name: how["condition"] for name, how in compose["services"][service]["depends_on"].items()}
        assert after == wanted | {"migrate": "service_completed_successfully"}
    after = {name: how["condition"] for name, how in compose["services"]["migrate"]["depends_on"].items()}
    assert after == wanted


def test_the_job_migrate_is_told_what_it_reads(compose: dict[str, Any]) -> None:
    told = set(compose["services"]["migrate"]["environment"])
    own = {migrate.ADMIN, *migrate.PASSWORDS.values()}
    assert own <= told
    assert {name.removeprefix("SLOTKEEPER_").lower() for name in told - own} <= set(Settings.model_fields)


def test_mail_is_handed_in_where_the_catcher_listens(compose: dict[str, Any]) -> None:
    host, port, folder = compose["services"]["mail"]["command"][-3:]
    told = compose["services"]["booking"]["environment"]
    assert (told["SLOTKEEPER_SMTP_HOST"], told["SLOTKEEPER_SMTP_PORT"]) == ("mail", port)
    assert (host, port) == ("0.0.0.0", str(ports.DEFAULTS["mail"]))
    assert compose["services"]["mail"]["volumes"] == [f"mail:{folder}"]


def test_everything_is_published_on_loopback_only(compose: dict[str, Any]) -> None:
    published = [port for part in compose["services"].values() for port in part.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_kafka_in_the_container_is_told_what_the_local_one_is(compose: dict[str, Any]) -> None:
    told = compose["services"]["kafka"]["environment"]
    for name in ("auto.create.topics.enable", "message.max.bytes", "group.initial.rebalance.delay.ms"):
        assert told[f"KAFKA_{name.upper().replace('.', '_')}"] == kafka.FIXED[name]


def test_the_image_holds_every_file_that_is_copied_or_mounted(compose: dict[str, Any]) -> None:
    docker = (CHECKOUT / "deploy" / "Dockerfile").read_text()
    copied = [name for line in re.findall(r"^COPY (.+)$", docker, re.MULTILINE) for name in line.split()[:-1]]
    mounted = [mount.split(":")[0] for part in compose["services"].values() for mount in part.get("volumes", [])]
    files = [*copied, *(name for name in mounted if name.startswith("./"))]
    assert [name for name in files if not (CHECKOUT / name).exists()] == []


def test_prometheus_asks_every_service() -> None:
    config = yaml.safe_load((DASHBOARDS / "prometheus.yml").read_text())
    targets = config["scrape_configs"][0]["static_configs"][0]["targets"]
    assert sorted(targets) == sorted(f"{service}:{ports.DEFAULTS[service]}" for service in SERVICES)


def test_the_dashboard_shows_only_metrics_that_exist() -> None:
    import_module("booking.metrics")  # registers them
    dashboard = json.loads((DASHBOARDS / "slotkeeper.json").read_text())
    shown = {name for panel in dashboard["panels"] for target in panel["targets"] for name in names(target["expr"])}
    existing = {f"{metric.name}{end}" for metric in REGISTRY.collect() for end in ("", "_total", "_bucket")}
    assert shown
    assert shown <= existing


def test_the_compose_client_reads_the_file_where_there_is_one(secrets: dict[str, str], tmp_path: Path) -> None:
    given = tmp_path / "env"
    given.write_text("".join(f"{name}={value}\n" for name, value in secrets.items()))
    command = [
        "docker",
        "compose",
        "--env-file",
        str(given),
        "-f",
        str(CHECKOUT / "docker-compose.yml"),
        "config",
        "-q",
    ]
    if not has_compose():
        return
    subprocess.run(command, check=True, timeout=60, capture_output=True)


def value(variable: re.Match[str], secrets: dict[str, str]) -> str:
    """`${NAME:-default}`, or a secret: one that nobody makes is a KeyError."""
    name, how, text = variable.groups()
    return text if how == "-" else secrets[name]


def has_compose() -> bool:
    asked = ["docker", "compose", "version"]
    return bool(shutil.which("docker")) and subprocess.run(asked, capture_output=True, timeout=20).returncode == 0


def names(expression: str) -> list[str]:
    return re.findall(r"slotkeeper_\w+", expression)
