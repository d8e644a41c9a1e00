"""Broken records: those of the golden files, broken in the ways in which bytes can be wrong."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.contracts.golden import Golden, golden

HUGE = 200_000
DEEP = 20_000
LONG_NUMBER = 10**400
Headers = list[tuple[str, bytes | None]]

_JUNK: SearchStrategy[bytes] = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [
            b"",
            b"\0",
            b"\xff\xfe",
            b"a\0b",
            b"\xed\xa0\x80",
            b"null",
            b"-1",
            b"01",
            b"1e3",
            b"9" * 5_000,
            str(2**63).encode(),
            str(2**63 - 1).encode(),
            b"0001-01-01T00:00:00+23:59",
            b"9999-12-31T23:59:59-23:59",
            b"2026-03-02T09:00:00",
            b"x" * HUGE,
            "\u202e\u0000".encode(),
            b'{"members.events": -1}',
            b'{"members.events": 9223372036854775807}',
            b'{"\\u0000": 1}',
            b'{"\\ud800": 1}',
            b"[" * DEEP,
            b"member:",
            b"member:no-uuid",
        ]
    ),
)
_NAMES = ("ce_id", "ce_type", "ce_source", "ce_time", "ce_subject", "ce_sequence", "ce_causationid", "ce_correlationid")
_HEADERS = (*_NAMES, "ce_actor", "ce_seen", "ce_specversion", "content-type", "traceparent", "", "x\0y", "ce_id ")

_VALUES: SearchStrategy[Any] = st.one_of(
    st.sampled_from(
        [
            None,
            True,
            "",
            "\0",
            "a\0b",
            "\ud800",
            "x" * HUGE,
            -1,
            2**31,
            2**63,
            LONG_NUMBER,
            -LONG_NUMBER,
            1e308,
            float("nan"),
            float("inf"),
            [],
            {},
            [[]],
            {"base": -1},
            "0001-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59.999999-23:59",
            "00000000-0000-0000-0000-000000000000",
            "\u202eelif",
        ]
    ),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)


@dataclass
class Record:
    """A record on its way to the inbox, and the breaks applied to it."""

    topic: str
    key: bytes | None
    headers: Headers
    value: bytes | None
    breaks: list[str] = field(default_factory=list)


Break = Callable[[DrawFn, Record], None]


def _one_header(draw: DrawFn, record: Record) -> int:
    return draw(st.integers(0, max(len(record.headers) - 1, 0)))


def _drop_header(draw: DrawFn, record: Record) -> None:
    if record.headers:
        del record.headers[_one_header(draw, record)]


def _garble_header(draw: DrawFn, record: Record) -> None:
    if record.headers:
        at = _one_header(draw, record)
        record.headers[at] = (record.headers[at][0], draw(_JUNK))


def _empty_header(draw: DrawFn, record: Record) -> None:
    if record.headers:
        at = _one_header(draw, record)
        record.headers[at] = (record.headers[at][0], None)


def _add_header(draw: DrawFn, record: Record) -> None:
    added = (draw(st.sampled_from(_HEADERS)), draw(_JUNK))
    record.headers.insert(draw(st.integers(0, len(record.headers))), added)


def _no_header(_: DrawFn, record: Record) -> None:
    record.headers.clear()


def _garble_key(draw: DrawFn, record: Record) -> None:
    record.key = draw(st.none() | _JUNK | st.uuids().map(lambda number: str(number).encode()))


def _garble_value(draw: DrawFn, record: Record) -> None:
    record.value = draw(
        st.none()
        | _JUNK
        | st.sampled_from(
            [
                b"{}",
                b"[]",
                b'""',
                b"{" * DEEP,
                b'{"a":' * DEEP + b"1" + b"}" * DEEP,
                b'{"a": "\\ud800"}',
                b"\xef\xbb\xbf{}",
            ]
        )
    )


def _cut_value(draw: DrawFn, record: Record) -> None:
    if record.value:
        record.value = record.value[: draw(st.integers(0, len(record.value)))]


def _flip_byte(draw: DrawFn, record: Record) -> None:
    if record.value:
        at, byte = draw(st.integers(0, len(record.value) - 1)), draw(st.integers(0, 255))
        record.value = record.value[:at] + bytes([byte]) + record.value[at + 1 :]


def _places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:  # noqa: ANN401  any JSON
    paths = [path] if path else []
    items: Sequence[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return paths + [place for name, inner in items for place in _places(inner, (*path, name))]


def _other_value(draw: DrawFn, record: Record) -> None:
    """Put another value somewhere into the data: of the wrong type, too large, or one that only Postgres rejects."""
    try:
        data = json.loads(record.value or b"")
    except (ValueError, RecursionError):
        return
    places = _places(data)
    if not places:
        return
    *path_to_parent, last = draw(st.sampled_from(places))
    inside = data
    for step in path_to_parent:
        inside = inside[step]
    inside[last] = draw(_VALUES)
    record.value = json.dumps(data).encode()


_BREAKS: Mapping[str, Break] = {
    "a header is missing": _drop_header,
    "a header is garbled": _garble_header,
    "a header has no value": _empty_header,
    "an extra header": _add_header,
    "no header": _no_header,
    "another key": _garble_key,
    "another value": _garble_value,
    "cut": _cut_value,
    "a byte flipped": _flip_byte,
    "another value in the data": _other_value,
    "another value in the data, too": _other_value,
}


def whole(golden_record: Golden, agency: UUID, message: UUID) -> Record:
    """Return a golden file's record as the first of its stream, for this agency, with this id and no cause."""
    if golden_record.headers is None:
        return Record(golden_record.topic, golden_record.key.encode(), [], json.dumps(golden_record.data).encode())
    own = {
        "ce_id": message,
        "ce_causationid": message,
        "ce_correlationid": message,
        "ce_subject": agency,
        "ce_sequence": "0" if golden_record.topic.endswith(".replies") else "1",
        "ce_seen": "{}",
    }
    headers: Headers = [(name, str(own.get(name, text)).encode()) for name, text in golden_record.headers.items()]
    return Record(golden_record.topic, str(agency).encode(), headers, json.dumps(golden_record.data).encode())


def broken(names: Sequence[str], others: Sequence[UUID]) -> SearchStrategy[Record]:
    """Return a strategy for records of these types after one to three breaks; some carry another message's id."""

    @st.composite
    def draw_one(draw: DrawFn) -> Record:
        agency = uuid4()  # Hypothesis would draw the same ids again
        borrowed = draw(st.sampled_from([None] * 5 + list(others)))
        record = whole(golden(draw(st.sampled_from(names))), agency, borrowed or uuid4())
        for how in draw(st.lists(st.sampled_from(sorted(_BREAKS)), min_size=1, max_size=3)):
            _BREAKS[how](draw, record)
            record.breaks.append(how)
        if borrowed is not None:
            # An id does not prove who is at fault. (Of two messages that differ in nothing else, one is a duplicate.)
            record.value = b"{"
        return record

    return draw_one()
