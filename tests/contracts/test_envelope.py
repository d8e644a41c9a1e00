"""The envelope is read as it was written, and every unreadable one raises UnreadableEnvelopeError."""

import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contracts.envelope import Envelope, UnreadableEnvelopeError
from contracts.every_message import every_message
from contracts.vocabulary import ANYONE, AUTO_ADD, OPERATOR, STRIPE, Actor, member
from tests.contracts.golden import golden

AGENCY = UUID("019a9f00-0000-7000-8000-00000000a001")
OTHER = UUID("019a9f00-0000-7000-8000-00000000a002")
LARGEST = 2**63 - 1

ExternalServer = dict[str, bytes | None]


def headers() -> ExternalServer:
    """The headers of a good message."""
    published = golden("members.activated.v1").headers
    assert published is not None
    return {name: value.encode() for name, value in published.items()}


def read(published: ExternalServer, key: bytes | None = str(AGENCY).encode()) -> Envelope:
    """Read them as they come from a record."""
    return Envelope.read(key, list(published.items()))


names = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=20).filter(
    lambda text: text.isprintable() and not text.startswith("/")
)
envelopes = st.builds(
    Envelope,
    id=st.uuids(),
    type=st.sampled_from(sorted(every_message())) | names,
    sender=names,
    time=st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=-30))])),
    agency_id=st.uuids(),
    seq=st.integers(0, LARGEST),
    causation_id=st.uuids(),
    correlation_id=st.uuids(),
    actor=st.sampled_from([ANYONE, AUTO_ADD, STRIPE, OPERATOR]) | st.builds(member, st.uuids()),
    seen=st.dictionaries(names, st.integers(0, LARGEST), max_size=5),
    traceparent=st.none() | names,
)


@settings(deadline=None)
@given(envelopes)
def test_an_envelope_is_read_as_it_was_written(envelope: Envelope) -> None:
    assert Envelope.read(str(envelope.agency_id).encode(), envelope.headers()) == envelope


def test_an_envelope_without_a_trace_has_no_trace_header() -> None:
    untraced = headers()
    del untraced["traceparent"]
    assert "traceparent" not in dict(read(untraced).headers())


@pytest.mark.parametrize("header", sorted(headers().keys() - {"ce_specversion", "content-type", "traceparent"}))
def test_an_envelope_without_a_header_names_it(header: str) -> None:
    without = headers()
    del without[header]
    with pytest.raises(UnreadableEnvelopeError, match=f"header '{header}' is missing"):
        read(without)
    with pytest.raises(UnreadableEnvelopeError, match=f"header '{header}' is missing"):
        read({**headers(), header: None})


@pytest.mark.parametrize("key", [None, b"", b"lakeside", b"\xff", str(OTHER).encode()])
def test_a_key_that_is_not_its_agency_makes_it_unreadable(key: bytes | None) -> None:
    with pytest.raises(UnreadableEnvelopeError):
        read(headers(), key)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("ce_id", b"7"),
        ("ce_id", b"\xff"),
        ("ce_type", b""),
        ("ce_type", b"members.\x00activated.v1"),
        ("ce_source", b"/"),
        ("ce_source", b"/mem\nbers"),
        ("ce_time", b"yesterday"),
        ("ce_time", b"2026-11-02T09:30:00"),
        ("ce_subject", str(OTHER).encode()),
        ("ce_sequence", b"-1"),
        ("ce_sequence", b"1.5"),
        ("ce_sequence", str(LARGEST + 1).encode()),
        ("ce_sequence", b"9" * 5000),
        ("ce_causationid", b"none"),
        ("ce_correlationid", b""),
        ("ce_actor", b"somebody"),
        ("ce_actor", b"member:ana"),
        ("ce_seen", b""),
        ("ce_seen", b"[]"),
        ("ce_seen", b"[" * 100_000),
        ("ce_seen", b'{"seats.events": Infinity}'),
        ("ce_seen", b'{"seats.events": NaN}'),
        ("ce_seen", b'{"seats.events": 1.5}'),
        ("ce_seen", b'{"seats.events": true}'),
        ("ce_seen", b'{"seats.events": "9"}'),
        ("ce_seen", b'{"seats.events": null}'),
        ("ce_seen", b'{"seats.events": -1}'),
        ("ce_seen", b'{"seats.events": 9223372036854775808}'),
        ("ce_seen", b'{"seats\\u0000facts": 1}'),
        ("ce_seen", b'{"\\ud800": 1}'),
        ("ce_seen", b'{"": 1}'),
        ("traceparent", b"\xff"),
    ],
)
def test_an_unreadable_header_makes_the_message_unreadable(header: str, value: bytes) -> None:
    with pytest.raises(UnreadableEnvelopeError):
        read({**headers(), header: value})


@settings(deadline=None)
@given(
    key=st.none() | st.binary() | st.just(str(AGENCY).encode()),
    published=st.lists(st.tuples(st.sampled_from(sorted(headers())) | st.text(), st.none() | st.binary())),
)
@example(key=b"", published=[])
def test_any_bytes_are_an_envelope_or_unreadable(key: bytes | None, published: list[tuple[str, bytes | None]]) -> None:
    with pytest.raises(UnreadableEnvelopeError):
        Envelope.read(key, published)


json_text = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inside: st.lists(inside) | st.dictionaries(st.text(), inside),
).map(lambda value: json.dumps(value).encode())


@settings(deadline=None)
@given(header=st.sampled_from(sorted(headers())), value=st.binary() | json_text | st.text().map(str.encode))
def test_one_spoilt_header_leaves_an_envelope_that_can_be_written_again_or_none(header: str, value: bytes) -> None:
    try:
        envelope = read({**headers(), header: value})
    except UnreadableEnvelopeError:
        return
    assert Envelope.read(str(AGENCY).encode(), envelope.headers()) == envelope


@pytest.mark.parametrize("actor", [ANYONE, AUTO_ADD, STRIPE, OPERATOR, member(OTHER)])
def test_an_actor_is_read_as_it_was_written(actor: Actor) -> None:
    assert Actor.parse(str(actor)) == actor


def test_the_time_of_an_envelope_keeps_its_moment() -> None:
    assert read(headers()).time == datetime(2026, 11, 2, 9, 30, 0, 250_000, tzinfo=UTC)
