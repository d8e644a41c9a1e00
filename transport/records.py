"""A Kafka record as the chassis reads it, from a consumer or from a table, and a record on its way to a topic."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from aiokafka import ConsumerRecord

from contracts.envelope import Headers


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record that did not come from a consumer just now. `key` is the agency's id, `headers` are the envelope."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


Record: TypeAlias = "ConsumerRecord[bytes, bytes] | StoredRecord"


def with_value(record: Record, value: bytes) -> StoredRecord:
    """The record with another value, in the same place."""
    headers = tuple(record.headers)
    return StoredRecord(record.topic, record.partition, record.offset, record.key, value, headers)


class Outgoing(NamedTuple):
    """A record on its way to a topic."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers


Publish = Callable[[Sequence[Outgoing]], Coroutine[Any, Any, Sequence[bool | str]]]
"""Publish in the given order; returns which records all in-sync replicas acknowledged. Raises nothing.

Of a record that the broker refuses, whatever is tried, it returns the error's name.
"""
