"""Logs that are opt-in per field.

Nothing that a field does not name here reaches a log line: no name, address, code or URL is ever logged. What a library
says is scrubbed of them (`scrubbing.py`).
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from telemetry.scrubbing import scrubbed
from telemetry.tracing import current_traceparent

_LIBRARY_SECONDS = 1.0
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
        "message",
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
        "trace_id",
        "tries",
        "type",
        "where",
    }
)
"""The fields that may be logged: ids, counts and names of our own; none that invites a person's data or a code."""


def configure_logging(level: str, more: frozenset[str] = frozenset()) -> None:
    """Log as JSON on stderr: only the loggable fields, and `more` of the service's own.

    A library's warnings appear with what they say, scrubbed: their text may quote data. Each line has the trace that it
    belongs to, if there is one.
    """
    loggable = LOGGABLE | more

    def opt_in(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:  # noqa: ANN401  structlog's
        return {field: value for field, value in event.items() if field in loggable}

    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _with_trace,
            opt_in,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_LibraryHandler()], force=True)


class _LibraryHandler(logging.Handler):
    """Logs a place once a second at most: a client that looks for a lost topic warns hundreds of times a second."""

    def __init__(self) -> None:
        super().__init__()
        self._logged: dict[tuple[str, int], float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        if record.created - self._logged.get((record.name, record.lineno), 0.0) < _LIBRARY_SECONDS:
            return
        self._logged[record.name, record.lineno] = record.created
        fault = record.exc_info[1] if record.exc_info else None
        reason = {} if fault is None else {"error": type(fault).__name__, "reason": scrubbed(str(fault))}
        where, message = f"{record.name}:{record.lineno}", scrubbed(_message_of(record))
        structlog.get_logger().log(record.levelno, "library.log", where=where, message=message, **reason)


def _message_of(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # a library's format that does not fit its arguments
        return str(record.msg)


def _with_trace(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:  # noqa: ANN401  structlog's
    if (traceparent := current_traceparent()) is not None:
        event["trace_id"] = traceparent.split("-")[1]
    return event


def where_raised(error: BaseException) -> str:
    """File and line of the fault, for a log or a list that may not quote the error's text."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    if place is None:
        return type(error).__name__
    return f"{type(error).__name__} at {place.tb_frame.f_code.co_filename.rpartition('/')[2]}:{place.tb_lineno}"
