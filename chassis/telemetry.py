"""Logs that are opt-in per field, metrics, and traces across the bus.

Nothing that a field does not name here reaches a log line: no name, address, code or URL is ever logged.
"""

from __future__ import annotations

import logging
import re
import secrets
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog
from opentelemetry import context, propagate, trace
from prometheus_client import Counter, Gauge, Histogram

MESSAGES_HANDLED = Counter("headcount_messages_handled", "Messages handled, by verdict", ["type", "verdict"])
MESSAGES_PUBLISHED = Counter("headcount_messages_published", "Messages acknowledged by the broker")
RECORDS_REFUSED = Counter("headcount_records_refused", "Records that the broker refuses for good", ["topic", "reason"])
BATCH_SECONDS = Histogram("headcount_batch_seconds", "One batch, load to commit")
BATCH_RETRIES = Counter("headcount_batch_retries", "Batches tried again after a transient fault", ["fault"])
MESSAGES_DEFERRED = Counter("headcount_messages_deferred", "Messages deferred", ["kind"])
TASKS = Counter("headcount_tasks", "Attempts of tasks, by outcome", ["kind", "outcome"])
OPEN_GAPS = Gauge("headcount_gaps", "Streams of an agency of which messages are missing")
OLDEST_GAP = Gauge("headcount_gap_age_seconds", "For how long the oldest of them has been known")
DEGRADED = Gauge("headcount_degraded", "1 while the bus is away from this process, 0 otherwise")
DROPPED = Counter("headcount_dropped", "Things dropped on purpose", ["what"])

LOGGABLE = frozenset(
    {
        "agency_id",
        "agencies",
        "attempt",
        "batch",
        "count",
        "error",
        "event",
        "kind",
        "lane",
        "level",
        "message_id",
        "method",
        "milliseconds",
        "offset",
        "operation_id",
        "partition",
        "port",
        "reason",
        "route",
        "seconds",
        "service",
        "setting",
        "signal",
        "status",
        "task_id",
        "timestamp",
        "topic",
        "tries",
        "type",
        "where",
    }
)
"""The fields that may be logged: ids, counts and names of our own; none that invites a person's data or a code."""


def configure_logging(level: str, more: frozenset[str] = frozenset()) -> None:
    """Log as JSON on stderr: only the loggable fields, and `more` of the service's own.

    Of a library's warnings only the place and the kind of error are logged, because their text may quote data.
    """
    loggable = LOGGABLE | more

    def opt_in(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:  # noqa: ANN401  structlog's
        return {field: value for field, value in event.items() if field in loggable}

    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            opt_in,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_LibraryHandler()], force=True)


class _LibraryHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        structlog.get_logger().log(record.levelno, "library.log", where=f"{record.name}:{record.lineno}", error=error)


def where_raised(error: BaseException) -> str:
    """File and line of the fault, for a log or a list that may not quote the error's text."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    if place is None:
        return type(error).__name__
    return f"{type(error).__name__} at {place.tb_frame.f_code.co_filename.rpartition('/')[2]}:{place.tb_lineno}"


_TRACEPARENT = re.compile(r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")


trace_context: ContextVar[str | None] = ContextVar("trace_context", default=None)
"""The trace that the code running now belongs to: set where a request comes in, carried on by what it decides."""


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
