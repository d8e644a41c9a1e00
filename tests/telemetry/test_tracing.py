"""Where spans go, what they may say, and how they are linked across the bus."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from telemetry.exporting import OptIn
from telemetry.tracing import current_traceparent, trace_context, traces_endpoint
from transport.records import Outgoing, Record, StoredRecord
from transport.spans import consuming, producing

TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE}-b7ad6b7169203331-01"
BASE = "OTEL_EXPORTER_OTLP_ENDPOINT"


@pytest.mark.parametrize(
    ("own", "environment", "endpoint"),
    [
        (None, {}, None),
        (None, {BASE: "http://collector:4318"}, "http://collector:4318/v1/traces"),
        (None, {BASE: "http://collector:4318/"}, "http://collector:4318/v1/traces"),
        ("http://ours:4318", {BASE: "http://collector:4318"}, "http://ours:4318/v1/traces"),
        ("http://ours:4318/v1/traces", {}, "http://ours:4318/v1/traces"),
        ("http://ours:4318", {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://other/x"}, "http://other/x"),
        ("http://ours:4318", {"OTEL_SDK_DISABLED": "true"}, None),
        ("http://ours:4318", {"OTEL_TRACES_EXPORTER": "none"}, None),
    ],
)
def test_the_endpoint_is_what_otels_variables_say(
    own: str | None, environment: dict[str, str], endpoint: str | None
) -> None:
    assert traces_endpoint(own, environment) == endpoint


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def provider(exporter: InMemorySpanExporter) -> TracerProvider:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(OptIn(exporter)))
    return provider


def test_a_span_says_nothing_that_is_not_opt_in(provider: TracerProvider, exporter: InMemorySpanExporter) -> None:
    attributes = {
        "http.route": "/login/{token}",
        "url.path": "/login/secret",
        "url.full": "https://x/?email=a@b.example",
    }
    with (
        pytest.raises(ValueError, match="ann"),
        provider.get_tracer("test").start_as_current_span("GET /login/{token}", attributes=attributes),
    ):
        raise ValueError("ann")
    [span] = exporter.get_finished_spans()
    assert dict(span.attributes or {}) == {"http.route": "/login/{token}"}
    assert (span.events, span.status.description, span.status.is_ok) == ((), None, False)


async def test_a_batch_has_a_span_with_links_to_the_traces_of_its_messages(
    provider: TracerProvider, exporter: InMemorySpanExporter
) -> None:
    headers = [("ce_id", b"1"), ("traceparent", TRACEPARENT.encode())]

    async def publish(records: Sequence[Outgoing]) -> Sequence[bool]:
        return [True] * len(records)

    async def handle(_: Sequence[Record]) -> None:
        assert current_traceparent() is not None

    await producing(publish, provider)([Outgoing("seats.events", b"a", b"{}", headers), Outgoing("b", b"a", b"{}", [])])
    await consuming(handle, provider)([StoredRecord("seats.events", 0, 0, b"a", b"{}", headers)] * 2)
    sent, processed = exporter.get_finished_spans()
    assert (sent.kind, processed.kind) == (SpanKind.PRODUCER, SpanKind.CONSUMER)
    assert [f"{link.context.trace_id:032x}" for link in (*sent.links, *processed.links)] == [TRACE, TRACE]
    assert dict(processed.attributes or {}) == {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.batch.message_count": 2,
        "messaging.destination.name": "seats.events",
    }


async def test_an_empty_poll_has_no_span(provider: TracerProvider, exporter: InMemorySpanExporter) -> None:
    async def handle(_: Sequence[Record]) -> None: ...

    await consuming(handle, provider)([])
    assert exporter.get_finished_spans() == ()


def test_the_trace_of_the_code_that_runs_is_its_spans_or_that_of_its_request(provider: TracerProvider) -> None:
    token = trace_context.set(TRACEPARENT)
    assert current_traceparent() == TRACEPARENT
    with provider.get_tracer("test").start_as_current_span("inner") as span:
        here = span.get_span_context()
        assert (current_traceparent() or "").startswith(f"00-{here.trace_id:032x}-{here.span_id:016x}-")
    trace_context.reset(token)
