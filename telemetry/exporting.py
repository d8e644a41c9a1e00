"""Spans on their way to a collector. Imported only where an endpoint is set: it costs time and memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import environ
from typing import Any, Final

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

ATTRIBUTES: Final = frozenset(
    {
        "db.name",
        "db.operation.name",
        "db.query.text",
        "db.statement",
        "db.system",
        "db.system.name",
        "error.type",
        "http.method",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "http.status_code",
        "messaging.batch.message_count",
        "messaging.destination.name",
        "messaging.message.type",
        "messaging.operation.name",
        "messaging.operation.type",
        "messaging.system",
        "net.peer.name",
        "net.peer.port",
        "network.protocol.name",
        "outcome",
        "server.address",
        "server.port",
    }
)
"""What a span may say. Addresses of the web hold codes and people's addresses, and an exception's text anything."""


def export_spans(service: str, endpoint: str) -> None:
    """Send this process's spans there, those of the libraries too: HTTP calls and statements of Postgres.

    OTel's own variables (`OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER`, `OTEL_EXPORTER_OTLP_HEADERS` ...) work as its
    documentation says.
    """
    named = {} if environ.get("OTEL_SERVICE_NAME") else {"service.name": f"headcount-{service}"}
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(BatchSpanProcessor(OptIn(OTLPSpanExporter(endpoint=endpoint))))
    trace.set_tracer_provider(provider)
    AsyncPGInstrumentor().instrument()  # type: ignore[no-untyped-call]  # the library's
    HTTPXClientInstrumentor().instrument()


class OptIn(SpanExporter):
    """Exports spans with the attributes that are opt-in, and nothing of what a fault says but its kind."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export what may be said."""
        return self._exporter.export([_opted_in(span) for span in spans])

    def shutdown(self) -> None:
        """Close."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Export what waits."""
        return self._exporter.force_flush(timeout_millis)


def _opted_in(span: ReadableSpan) -> ReadableSpan:
    attributes: Mapping[str, Any] = span.attributes or {}
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes={name: value for name, value in attributes.items() if name in ATTRIBUTES},
        links=span.links,
        kind=span.kind,
        status=trace.Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
