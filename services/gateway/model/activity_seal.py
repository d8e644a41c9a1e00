"""The seal of an agency's activity log, as values: a chain of hashes for each service whose events make its lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: how many lines it has, and the hash of all of them, in hexadecimal."""

    lines: int = 0
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Seal:
    """How far a log is sealed, by the id of its last line, and the heads of its chains, by the owner of the events."""

    upto: int
    heads: Mapping[str, Head]


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A line as it is stored."""

    id: int
    at: datetime
    kind: str
    costs: bool
    type: str
    actor: str
    operation_id: UUID
    about: tuple[UUID, ...]
    data: Mapping[str, Any]

    @property
    def owner(self) -> str:
        """The service whose event the line is."""
        return self.type.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A log compared with its seal. `stored` is the seal, `found` what its lines give now."""

    stored: Mapping[str, Head]
    found: Mapping[str, Head]

    @property
    def is_intact(self) -> bool:
        """Whether no line was changed, added, moved or taken away after it was sealed."""
        return dict(self.stored) == dict(self.found)

    def row(self, owner: str) -> dict[str, object]:
        """What was sealed of a service's lines, and what is found, for the operator."""
        stored, found = (heads.get(owner, Head()) for heads in (self.stored, self.found))
        return {
            "service": owner,
            "sealed_lines": stored.lines,
            "lines": found.lines,
            "hash": stored.hash,
            "intact": stored == found,
        }
