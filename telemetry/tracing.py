"""Traces that go on across the bus."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import context, propagate, trace

_TRACEPARENT = re.compile(r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")


trace_context: ContextVar[str | None] = ContextVar("trace_context", default=None)
"""The trace that the code running now belongs to: set where a request comes in, carried on by what it decides."""


def current_traceparent() -> str | None:
    """The trace context of the code that runs now: that of its span, where there are spans."""
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        return f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}"
    return trace_context.get()


def traceparent_or_new(given: str | None) -> str:
    """The W3C trace context of a request: the caller's when it is well-formed, a new one otherwise."""
    if given is not None and _TRACEPARENT.match(given):
        return given
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


class Tracing:
    """Spans around decisions. Without an endpoint the trace context is only passed on."""

    def __init__(self, service: str, endpoint: str | None) -> None:
        self.enabled = endpoint is not None
        if endpoint is None:
            return
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        provider = TracerProvider(resource=Resource.create({"service.name": f"headcount-{service}"}))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
        trace.set_tracer_provider(provider)

    @contextmanager
    def span(self, name: str, traceparent: str | None) -> Iterator[str | None]:
        """When `enabled`: a span that continues the cause's trace; yields the context that its effects carry on."""
        parent = propagate.extract({"traceparent": traceparent} if traceparent else {}, context.Context())
        with trace.get_tracer("headcount").start_as_current_span(name, context=parent):
            carrier: dict[str, str] = {}
            propagate.inject(carrier)
            yield carrier.get("traceparent")
