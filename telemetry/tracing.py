"""Traces that go on across the bus."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar

from opentelemetry import context, propagate, trace

_TRACEPARENT = re.compile(r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")
MESSAGING = {"messaging.system": "kafka"}
_PATH = "/v1/traces"

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


def traces_endpoint(own: str | None, environment: Mapping[str, str]) -> str | None:
    """Where spans go, by OTel's own variables and by ours, which is another name of OTEL_EXPORTER_OTLP_ENDPOINT.

    None if no variable says where, or if OTEL_SDK_DISABLED or OTEL_TRACES_EXPORTER says that none are wanted.
    """
    disabled = environment.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if disabled or environment.get("OTEL_TRACES_EXPORTER", "otlp") != "otlp":
        return None
    if of_traces := environment.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        return of_traces
    base = (own or environment.get("OTEL_EXPORTER_OTLP_ENDPOINT") or "").rstrip("/")
    return f"{base.removesuffix(_PATH)}{_PATH}" if base else None


class Tracing:
    """Spans around decisions. Without an endpoint the trace context is only passed on."""

    def __init__(self, service: str, endpoint: str | None) -> None:
        self.enabled = endpoint is not None
        if endpoint is not None:
            from telemetry.exporting import export_spans

            export_spans(service, endpoint)

    @contextmanager
    def span(self, name: str, traceparent: str | None) -> Iterator[str | None]:
        """When `enabled`: a span that continues the cause's trace; yields the context that its effects carry on."""
        parent = propagate.extract({"traceparent": traceparent} if traceparent else {}, context.Context())
        of_message = "." in name
        attributes = {**MESSAGING, "messaging.operation.type": "process", "messaging.message.type": name}
        kind = trace.SpanKind.CONSUMER if of_message else trace.SpanKind.INTERNAL
        with trace.get_tracer("headcount").start_as_current_span(
            f"process {name}" if of_message else name,
            context=parent,
            kind=kind,
            attributes=attributes if of_message else {},
        ):
            yield current_traceparent()

    @contextmanager
    def around(self, name: str, traceparent: str | None) -> Iterator[None]:
        """Carry on a trace while something runs that is no decision; a span of it when `enabled`."""
        carried = trace_context.set(traceparent)
        try:
            with self.span(name, traceparent) if self.enabled else nullcontext():
                yield
        finally:
            trace_context.reset(carried)
