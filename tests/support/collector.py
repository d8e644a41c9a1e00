"""A collector of spans (OTLP over HTTP) on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Collector:
    """The spans that were exported."""

    def __init__(self) -> None:
        self.url = ""
        self._requests: list[ExportTraceServiceRequest] = []

    def take(self, body: bytes) -> None:
        self._requests.append(ExportTraceServiceRequest.FromString(body))

    def spans(self) -> dict[str, dict[str, str]]:
        """Return the attributes of the spans as text, by the spans' names; the last span of a name counts."""
        return self.of(None)

    def of(self, service: str | None) -> dict[str, dict[str, str]]:
        """Return the same of the processes with a `service.name`; None means all."""
        return {
            span.name: {attribute.key: attribute.value.string_value for attribute in span.attributes}
            for request in list(self._requests)
            for of_process in request.resource_spans
            if service in {None, *(one.value.string_value for one in of_process.resource.attributes)}
            for scope in of_process.scope_spans
            for span in scope.spans
        }


@contextmanager
def collecting() -> Iterator[Collector]:
    """Collect while the block runs."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.take(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    collector.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
