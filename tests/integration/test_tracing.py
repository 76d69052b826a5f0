"""One trace from a request over Kafka to the read model, where spans are wanted; nowhere a trace of its own."""

from collections.abc import AsyncIterator, Iterator, Sequence

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from contracts.envelope import header
from hearing import all_of, until
from kit import tracing
from served_gateway import Served
from stack import Postgres
from whole import clinic, haircut, whole

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
"""The trace of whoever calls us, who keeps it."""
CLOSED = "/v1/resources/ann/exceptions/2031-03-05"
READER = "00-0af7651916cd43dd8448eb211c80319e-b7ad6b7169203331-01"
NOT_KEPT = "00-0af7651916cd43dd8448eb211c80319d-b7ad6b7169203331-00"


@pytest.fixture(scope="module")
def exported() -> Iterator[InMemorySpanExporter]:
    """Every span that was ended."""
    memory, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    tracing.use(provider)
    yield memory
    tracing.use(None)


@pytest.fixture(scope="module")
async def edge(exported: InMemorySpanExporter, kafka: str, postgres: Postgres) -> AsyncIterator[Served]:
    async with whole(kafka, postgres) as running:
        yield running


@pytest.fixture(scope="module")
async def acme(edge: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with clinic(edge) as client:
        yield client


def within(spans: Sequence[ReadableSpan], traceparent: str) -> list[ReadableSpan]:
    """Those of one trace: of an earlier one, some service may still be projecting."""
    wanted = int(traceparent.split("-")[1], 16)
    return [one for one in spans if one.context is not None and one.context.trace_id == wanted]


def of_trace(spans: Sequence[ReadableSpan], traceparent: str) -> dict[str, ReadableSpan]:
    return {one.name: one for one in within(spans, traceparent)}


def parent(span: ReadableSpan) -> str:
    assert span.parent is not None
    return f"{span.parent.span_id:016x}"


def own(span: ReadableSpan) -> str:
    assert span.context is not None
    return f"{span.context.span_id:016x}"


async def carried(edge: Served, topic: str, position: str) -> list[bytes | None]:
    """The `traceparent` of each record of the topic that stands at this position of the log."""
    part, pos = (int(number) for number in position.split("."))
    place = TopicPartition(topic, part)
    async with AIOKafkaConsumer(bootstrap_servers=edge.settings.kafka, auto_offset_reset="earliest") as reader:
        reader.assign([place])
        ends = await reader.end_offsets([place])
        records = await all_of(reader, place, ends[place])
    return [header(one.headers, tracing.HEADER) for one in records if header(one.headers, "pos") == b"%d" % pos]


async def test_one_trace_goes_from_the_request_over_the_command_to_its_outcome_and_the_events_projection(
    edge: Served, acme: httpx.AsyncClient, exported: InMemorySpanExporter
) -> None:
    booked = await acme.post("/v1/appointments", json=haircut("10:00"), headers={"traceparent": CALLER})
    position = booked.json()["position"]

    async def projected() -> bool:
        return "project" in of_trace(exported.get_finished_spans(), CALLER)

    await until(projected)
    spans = of_trace(exported.get_finished_spans(), CALLER)
    request, sent = spans["POST /v1/appointments"], spans["send BookAppointment"]
    decided, shown = spans["decide BookAppointment"], spans["project"]
    assert parent(request) == CALLER.split("-")[2]
    assert [parent(sent), parent(decided), parent(shown)] == [own(request), own(sent), own(decided)]
    assert decided.start_time is not None
    assert decided.end_time is not None
    assert decided.start_time < decided.end_time
    onwards = f"{CALLER[:36]}{own(decided)}-01".encode()
    assert await carried(edge, edge.settings.topics.outcomes, position) == [onwards]
    assert await carried(edge, edge.settings.topics.events, position) == [onwards]


async def test_a_read_is_of_the_callers_trace_in_the_service_that_answers_it_too(
    acme: httpx.AsyncClient, exported: InMemorySpanExporter
) -> None:
    exported.clear()
    await acme.get("/v1/appointments", params={"limit": 1}, headers={"traceparent": READER})
    spans = within(exported.get_finished_spans(), READER)
    gateway, service = sorted(spans, key=lambda one: one.start_time or 0)
    assert (gateway.name, parent(service)) == ("GET /v1/appointments", own(gateway))
    assert dict(service.attributes or {})["http.response.status_code"] == 200


async def test_a_trace_that_its_caller_does_not_keep_makes_no_spans(
    acme: httpx.AsyncClient, exported: InMemorySpanExporter
) -> None:
    exported.clear()
    booked = await acme.post("/v1/appointments", json=haircut("11:00"), headers={"traceparent": NOT_KEPT})
    await acme.get("/v1/appointments", params={"after": booked.json()["position"]}, headers={"traceparent": NOT_KEPT})
    spans = exported.get_finished_spans()
    assert len(spans) == len(within(spans, CALLER)) + len(within(spans, READER))


@pytest.mark.parametrize("nonsense", ["", "x", "00-0-0-01", "x" * 300, "ä", f"00-{'0' * 32}-{'0' * 16}-01"])
async def test_a_traceparent_that_is_none_hinders_nothing(acme: httpx.AsyncClient, nonsense: str) -> None:
    answer = await acme.put(CLOSED, json={"windows": []}, headers={b"traceparent": nonsense.encode()})
    assert answer.status_code == 200


async def test_what_is_said_in_a_request_is_in_no_span(acme: httpx.AsyncClient, exported: InMemorySpanExporter) -> None:
    await acme.post("/v1/appointments", json=haircut("12:00"), headers={"traceparent": CALLER})
    await acme.get("/v1/appointments", params={"customer_id": "joe@example.com"})
    said = "".join(one.to_json() for one in exported.get_finished_spans())
    assert "POST /v1/appointments" in said
    assert "joe" not in said.lower()
