"""Logs that are opt-in per field.

Nothing that a field does not name here reaches a log line: no name, address, code or URL is ever logged.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

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

    number = logging.getLevelNamesMapping()[level.upper()]
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
    """Logs a place once a second at most: a client that looks for a lost topic warns hundreds of times a second."""

    def __init__(self) -> None:
        super().__init__()
        self._logged: dict[tuple[str, int], float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        if record.created - self._logged.get((record.name, record.lineno), 0.0) < _LIBRARY_SECONDS:
            return
        self._logged[record.name, record.lineno] = record.created
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
