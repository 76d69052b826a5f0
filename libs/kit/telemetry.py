"""Telemetry: whose spans these are, and the buckets of our histograms.

Nothing is exported unless the standard `OTEL_TRACES_EXPORTER` says so; then spans go to standard error or OTLP's place.
"""

import os

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter

SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Histogram buckets of durations."""

SIZES = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0)
"""Histogram buckets of batch sizes."""


def configure(service: str) -> None:
    """Makes this process' spans the service's; to standard error where the exporter is `console`."""
    provider = TracerProvider(resource=Resource.create({"service.name": f"slotkeeper-{service}"}))
    if os.environ.get("OTEL_TRACES_EXPORTER") == "console":
        provider.add_span_processor(BatchSpanProcessor(ConsoleSpanExporter()))
    trace.set_tracer_provider(provider)
