"""An operation: a write that came over HTTP, recorded with its command so that a request can wait for the outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from contracts.rejection_base import FiguresJson
from services.gateway.domain.idempotency import OperationState


@dataclass(frozen=True, slots=True)
class Operation:
    """A write as it is recorded. Its id is the id of its command.

    `caller` and the caller's `Idempotency-Key` make the id, `fingerprint` is the hash of the body. `outcomes` are the
    message types that end it; they are written, and not read back. `secret`: the response gives a secret away once.
    `browser_hash` is the browser that signs up. `awaits_payment`: the change waits for the payment of its invoice; the
    operation may be over since.
    """

    id: UUID
    agency_id: UUID
    caller: str
    kind: str
    fingerprint: bytes
    secret: bool
    state: OperationState
    outcomes: tuple[str, ...] = ()
    browser_hash: bytes | None = None
    code: str | None = None
    figures: FiguresJson = field(default_factory=dict)
    member_id: UUID | None = None
    sealed: str | None = None
    outcome: str | None = None
    result: Mapping[str, Any] | None = None
    awaits_payment: bool = False
