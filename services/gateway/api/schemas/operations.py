"""The JSON bodies of an operation: a write whose outcome may take longer than its request."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from services.gateway.api.schemas.awaited_payments import AwaitedPaymentOut
from services.gateway.api.schemas.base import Wire


class OperationRef(Wire):
    """An operation that is still running, and its address."""

    id: UUID
    state: Literal["running", "done", "refused"] = "running"
    href: str


class AcceptedOut(Wire):
    """The write is recorded and runs; ask for the operation. `payment`: the change waits until this is paid."""

    operation: OperationRef
    payment: AwaitedPaymentOut | None = None


class OperationOut(Wire):
    """The state of a write; `result` when it is done, `problem` when it was rejected.

    `payment`: the change waits until this is paid.
    """

    id: UUID
    state: Literal["running", "done", "refused"]
    result: dict[str, object] | None = None
    problem: dict[str, object] | None = None
    payment: AwaitedPaymentOut | None = None
