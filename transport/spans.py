"""Spans of what is sent to Kafka and read from it, with links to the traces of the messages.

OTel's own instrumentation of aiokafka follows `send` and `getone`; whole batches go another way, so that a span of a
batch is made here, as OTel's conventions for messaging say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from opentelemetry import context, propagate, trace
from opentelemetry.trace import Link, SpanKind

from contracts.envelope import Headers
from telemetry.tracing import MESSAGING
from transport.records import Outgoing, Publish, Record
from transport.subscription import HandleRecords

MOST_LINKS = 128
"""As many as OTel keeps."""


def producing(publish: Publish, provider: trace.TracerProvider | None = None) -> Publish:
    """Publish with a span a batch. `provider` is the process's own unless another is given."""

    async def traced(records: Sequence[Outgoing]) -> Sequence[bool | str]:
        with _span("send", SpanKind.PRODUCER, records, provider):
            return await publish(records)

    return traced


def consuming(handle: HandleRecords, provider: trace.TracerProvider | None = None) -> HandleRecords:
    """Handle with a span a batch; each decision has one of its own, in the trace of its message."""

    async def traced(records: Sequence[Record]) -> None:
        if records:
            with _span("process", SpanKind.CONSUMER, records, provider):
                await handle(records)
        else:
            await handle(records)

    return traced


@contextmanager
def _span(
    operation: str,
    kind: SpanKind,
    records: Sequence[Outgoing] | Sequence[Record],
    provider: trace.TracerProvider | None,
) -> Iterator[None]:
    topics = {record.topic for record in records}
    attributes: dict[str, str | int] = {
        **MESSAGING,
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
        "messaging.batch.message_count": len(records),
    }
    if len(topics) == 1:
        [attributes["messaging.destination.name"]] = topics
    links = _links(record.headers for record in records)
    tracer = trace.get_tracer("headcount", tracer_provider=provider)
    with tracer.start_as_current_span(f"{operation} batch", kind=kind, attributes=attributes, links=links):
        yield


def _links(headers: Iterable[Headers | Sequence[tuple[str, bytes | None]]]) -> list[Link]:
    links: dict[int, Link] = {}
    for of_one in headers:
        given = next((value.decode() for name, value in of_one if name == "traceparent" and value), None)
        span = trace.get_current_span(propagate.extract({"traceparent": given or ""}, context.Context()))
        found = span.get_span_context()
        if found.is_valid and len(links) < MOST_LINKS:
            links.setdefault(found.span_id, Link(found))
    return list(links.values())
