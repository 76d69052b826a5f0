"""What the gateway counts: answers by route and status, how long they took, and who waits for outcomes."""

from prometheus_client import Gauge, Histogram

from kit.telemetry import SECONDS

ANSWERS = Histogram(
    "slotkeeper_gateway_answer_seconds",
    "From a request's first byte to the head of its answer.",
    ["method", "route", "status"],
    buckets=SECONDS,
)
WAITING = Gauge("slotkeeper_gateway_waiting", "Commands whose outcome somebody here waits for.")
