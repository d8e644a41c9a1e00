"""What libraries say is logged without what they quote."""

import logging

import pytest
import structlog

from telemetry.logs import configure_logging
from telemetry.scrubbing import MOST, scrubbed
from telemetry.tracing import trace_context


@pytest.mark.parametrize(
    ("text", "logged"),
    [
        ("Topic members.events not found in cluster metadata", "Topic members.events not found in cluster metadata"),
        (
            "Unable connect to node with id 1: [Errno 111] Connect call failed ('127.0.0.1', 9092)",
            "Unable connect to node with id 1: [Errno 111] Connect call failed ('127.0.0.1', 9092)",
        ),
        ("550 <ann.lee@clinic.example> unknown", "550 <<address>> unknown"),
        ("address of ann@clinic.example, twice", "address of <address>, twice"),
        (
            "GET https://ann:pw@api.example:8443/v1/customers?email=a%40b.example failed",
            "GET https://api.example:8443 failed",
        ),
        ("dsn postgresql://seats:s3cret@db:5432/headcount", "dsn postgresql://db:5432"),
        ("Invalid API Key provided: sk_live_51Habcdefghijklmnop", "Invalid API Key provided: <secret>"),
        ("password: hunter2 is wrong", "password: <secret> is wrong"),
        ("Authorization: Bearer abc.def", "Authorization: <secret>"),
        ("Key (name)=('Ann Lee') exists", "Key (name)=(<value>) exists"),
        ('partition "seats.events" is gone', 'partition "seats.events" is gone'),
        ("token eyJhbGciOiJIUzI1NiJ9eyJzdWIi", "token <secret>"),
        ("the code 123456 was used", "the code <number> was used"),
        ("it was 123456", "it was <number>"),
        ("peer 8.8.8.8 left, 10.1.2.3 stays", "peer <address> left, 10.1.2.3 stays"),
        ("two\nlines", "two lines"),
        ("x " * MOST, ("x " * MOST)[:MOST]),
    ],
)
def test_a_text_keeps_its_words_and_loses_what_it_quotes(text: str, logged: str) -> None:
    assert scrubbed(text) == logged


def test_a_librarys_warning_appears_with_its_message_its_error_and_its_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("info")
    fault = ConnectionError("no route to ann@clinic.example")
    logging.getLogger("aiokafka.of_a_test").error("Failed fetch messages from %s", 1, exc_info=fault)
    line = capsys.readouterr().err
    assert '"event": "library.log"' in line
    assert '"message": "Failed fetch messages from 1"' in line
    assert '"reason": "no route to <address>"' in line
    assert '"error": "ConnectionError"' in line
    structlog.reset_defaults()


def test_a_line_has_the_trace_that_it_belongs_to(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info")
    token = trace_context.set("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    structlog.get_logger().info("a.line", count=1)
    trace_context.reset(token)
    structlog.get_logger().info("a.line", count=2)
    first, second = capsys.readouterr().err.splitlines()
    assert '"trace_id": "0af7651916cd43dd8448eb211c80319c"' in first
    assert "trace_id" not in second
    structlog.reset_defaults()
