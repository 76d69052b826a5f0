"""Settings of every process, read from the environment (`SLOTKEEPER_…`), with the local stack's defaults."""

from functools import cache
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.routing import PARTITIONS, Topics


class Settings(BaseSettings):
    """One set for all services; each reads what it needs."""

    model_config = SettingsConfigDict(env_prefix="SLOTKEEPER_", env_file=None)

    kafka: str = "127.0.0.1:9092"
    topic_prefix: str = "slotkeeper"
    partitions: int = PARTITIONS

    databases: dict[str, str] = Field(default={"main": "postgresql://booking@127.0.0.1:5432/slotkeeper"})
    """Where log partitions may live: name → DSN of the writer (booking), or of role `log_reader` for other services."""
    database: str = "postgresql://availability@127.0.0.1:5432/slotkeeper"
    """The service's own tables."""

    master_key: SecretStr = SecretStr("")
    """Base64 of 32 bytes: wraps the tenants' keys."""
    internal_key: SecretStr = SecretStr("")
    """Signs the header in which the gateway tells services the tenant and the scopes."""

    operator_key: SecretStr = SecretStr("")
    """The operator's first key, `sk_<id>_<secret>`: the gateway lets it in without having stored it."""
    quota_per_second: float = 500.0
    quota_burst: int = 1_000
    """Requests of one API key at the gateway: how many a second, and how many at once after a rest."""

    host: str = "127.0.0.1"
    port: int = 0
    instance: str = "1"
    """This instance among those of its service: Kafka's static membership and the owner's name."""
    booking_url: str = "http://127.0.0.1:8081"
    availability_url: str = "http://127.0.0.1:8082"
    webhook_url: str = "http://127.0.0.1:8083"
    notification_url: str = "http://127.0.0.1:8084"
    gateway_url: str = "http://127.0.0.1:8080"

    webhook_allow_loopback: bool = False
    """Whether webhooks may be sent to this machine, also over http: for local use and tests."""
    webhook_ca_file: str = ""
    """Certificates (PEM) to trust beside the system's when webhooks are sent."""
    webhook_room: int = 256
    """Requests under way of one webhook process."""
    webhook_lease_seconds: float = 30.0
    """How long after its deadline a webhook is sent again by another process, if its own is no more."""

    smtp_host: str = ""
    """Where mail is handed in; none: it is only logged."""
    smtp_port: int = 587
    smtp_security: Literal["none", "starttls", "tls"] = "starttls"
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_ca_file: str = ""
    """Certificates (PEM) to trust beside the system's when mail is sent."""
    smtp_seconds: float = 30.0
    mail_from: str = "Slotkeeper <no-reply@localhost.localdomain>"
    """The From mailbox, and the organizer of invitations; the name is the tenant's where it has one."""
    mail_schedule_seconds: list[float] = [60, 300, 900, 3_600, 7_200, 14_400, 28_800, 43_200]
    """Between two attempts of a message, over whatever channel; after the last it has failed."""
    notification_seconds: float | None = 0.5
    """How often notification looks for messages that are due; none sends nothing."""
    notification_wave: int = 16
    """Messages of one channel that go out side by side."""
    notification_days: int = Field(default=90, ge=1)
    """How long what became of a message is kept, and its attempts."""
    hold_notice_seconds: int = 0
    """How long before a hold lapses its customer is told; 0 is never."""
    sms_url: str = ""
    """The HTTP gateway that text messages are posted to; none: they are only logged."""
    sms_token: SecretStr = SecretStr("")
    sms_from: str = ""
    public_url: str = ""
    """The gateway's address as people's mail programs reach it, for links in mails; none: `gateway_url`."""

    poll_records: int = 512
    timer_seconds: float | None = 1.0
    """How often booking looks for timers that are due; none switches the sweeper off."""
    inbox_days: int = Field(default=30, ge=30)
    """How long a command's answer is kept (P2); longer than the topic of commands keeps the command."""
    body_limit: int = 1_048_576
    log_level: str = "info"
    log_json: bool = True
    otlp: str = ""
    """Where spans go: an OpenTelemetry collector (OTLP over HTTP) by its address, or `console`; else none are made."""
    fault: str = ""
    """A fault point's name at which the process kills itself; for crash tests only."""

    @property
    def topics(self) -> Topics:
        return Topics(self.topic_prefix)


@cache
def settings() -> Settings:
    return Settings()
