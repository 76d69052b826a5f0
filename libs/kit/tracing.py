"""Tracing: the spans of one trace, from a request over Kafka to the read model; none at all unless a place is named.

A trace goes by the W3C header `traceparent` of requests, commands, outcomes and events. `SLOTKEEPER_OTLP` names the
collector that spans are sent to (OTLP over HTTP), or `console`. Who begins a trace decides whether it is kept:
OpenTelemetry's own `OTEL_TRACES_SAMPLER` says how many. Spans hold names, ids and numbers, never what a person said.
"""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NoOpTracer, Span, SpanKind, TraceFlags, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

HEADER = "traceparent"
CONSOLE = "console"

Facts = Mapping[str, str | int]
"""Attributes of a span."""

_WELL_FORMED = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_w3c = TraceContextTextMapPropagator()


class _Here:
    """This process' tracer."""

    on = False
    tracer: Tracer = NoOpTracer()


def on() -> bool:
    """Whether spans are made; where they are not, asking this is all that tracing costs."""
    return _Here.on


def configure(service: str, place: str) -> None:
    """Sends this process' spans to that place; without one there are none."""
    if not place:
        return
    from opentelemetry.sdk.resources import Resource  # here, since most processes never need it
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": f"slotkeeper-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(_exporter(place)))
    use(provider)


def use(provider: "TracerProvider | None") -> None:
    """Makes spans with this provider from now on; with none, no spans."""
    _Here.tracer = provider.get_tracer("slotkeeper") if provider else NoOpTracer()
    _Here.on = provider is not None


@contextmanager
def span(name: str, kind: SpanKind, facts: Facts, parent: str | None = None) -> Iterator[Span]:
    """A span around what is done within: of the trace given, else of the span around it, else of a trace of its own."""
    context = _context(parent) if parent else None
    with _Here.tracer.start_as_current_span(
        name, context, kind=kind, attributes=facts, record_exception=False, set_status_on_exception=False
    ) as made:
        yield made


def told(name: str, kind: SpanKind, facts: Facts, parent: bytes, began: int) -> bytes:
    """The span of what is done already, since `began` (of `time.time_ns`); what those after it carry on."""
    made = _Here.tracer.start_span(name, _context(parent.decode()), kind=kind, attributes=facts, start_time=began)
    made.end()
    return _text(made).encode()


def kept(traceparent: bytes | None) -> bool:
    """Whether the trace is one to make spans for: well-formed, and sampled by who began it."""
    if not traceparent:
        return False
    context = trace.get_current_span(_context(traceparent.decode("ascii", "replace"))).get_span_context()
    return context.is_valid and bool(context.trace_flags & TraceFlags.SAMPLED)


def passed_on(given: str | None = None) -> str | None:
    """The `traceparent` for whom we call: of the span we are in, else the one given to us if it is one."""
    current = trace.get_current_span()
    if current.get_span_context().is_valid:
        return _text(current)
    return given if given and _WELL_FORMED.fullmatch(given) else None


def since(began: float) -> int:
    """What `time.time_ns` was when `time.perf_counter` was `began`."""
    return time.time_ns() - int((time.perf_counter() - began) * 1e9)


def _context(traceparent: str) -> Context:
    return _w3c.extract({HEADER: traceparent}, Context())


def _text(made: Span) -> str:
    carrier: dict[str, str] = {}
    _w3c.inject(carrier, trace.set_span_in_context(made))
    return carrier[HEADER]


def _exporter(place: str) -> "SpanExporter":
    if place == CONSOLE:
        import sys

        from opentelemetry.sdk.trace.export import ConsoleSpanExporter

        return ConsoleSpanExporter(out=sys.stderr)
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter(endpoint=f"{place.rstrip('/')}/v1/traces")
