"""What a webhook process counts."""

from prometheus_client import Counter, Gauge, Histogram

from kit.telemetry import SECONDS
from webhook.queue import Result

ATTEMPTS = Counter("slotkeeper_webhook_attempts_total", "Attempts by what came of them.", ["result"])
LATENCY = Histogram("slotkeeper_webhook_seconds", "From the start of a request to its end.", buckets=SECONDS)
UNDER_WAY = Gauge("slotkeeper_webhook_under_way", "Requests under way.")
QUEUED = Gauge("slotkeeper_webhook_queued", "Deliveries that are not finished, by state.", ["state"])
LAG = Gauge("slotkeeper_webhook_lag_events", "Events in the log that led to no delivery yet.", ["part"])


def count(one: Result) -> None:
    """An attempt, once it is recorded."""
    if one.verdict is None:
        return
    ATTEMPTS.labels(one.verdict.state).inc()
    LATENCY.observe(one.latency_ms / 1000)
