"""A Kafka record as the chassis needs it, whoever brought it: aiokafka, a test's bus, or what was deferred."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from contracts.envelope import Headers


class Record(Protocol):
    """What was read from a topic. aiokafka's ConsumerRecord is one."""

    @property
    def topic(self) -> str:
        """Where it was read."""
        ...

    @property
    def partition(self) -> int:
        """The topic's partition."""
        ...

    @property
    def offset(self) -> int:
        """Its place in the partition."""
        ...

    @property
    def key(self) -> bytes | None:
        """What keeps one agency's records in order."""
        ...

    @property
    def value(self) -> bytes | None:
        """The data, JSON."""
        ...

    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]:
        """The envelope."""
        ...


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record that did not come from a consumer just now."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


class Outgoing(NamedTuple):
    """A record on its way to a topic."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers


Publish = Callable[[Sequence[Outgoing]], Awaitable[Sequence[bool]]]
"""Publish in the given order; answers which were acknowledged by all in-sync replicas. A broker away raises nothing."""
