"""An operation is one change at Stripe: under way, then done or refused, and never back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.vocabulary import Quantities, Refusal


class OperationKind(StrEnum):
    """What an operation does."""

    OPEN_ACCOUNT = "open_account"
    SET_QUANTITIES = "set_quantities"
    SWITCH_CYCLE = "switch_cycle"


class OperationState(StrEnum):
    """Where an operation stands."""

    UNDER_WAY = "under_way"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Operation:
    """One change at Stripe; `charged` is what the card paid for it, in cents. `silence_told`: the admins know."""

    id: UUID
    agency_id: UUID
    kind: OperationKind
    before: Quantities
    after: Quantities
    began_at: datetime
    state: OperationState = OperationState.UNDER_WAY
    silence_told: bool = False
    code: Refusal | None = None
    invoice_id: str | None = None
    charged: int | None = None
    ended_at: datetime | None = None

    @property
    def is_under_way(self) -> bool:
        """True until the outcome is settled."""
        return self.state is OperationState.UNDER_WAY

    def done(self, at: datetime, charged: int, invoice_id: str | None) -> Operation:
        """The change is made and paid."""
        return replace(self, state=OperationState.DONE, charged=charged, invoice_id=invoice_id, ended_at=at)

    def refused(self, at: datetime, code: Refusal) -> Operation:
        """The change was not made."""
        return replace(self, state=OperationState.REFUSED, code=code, ended_at=at)

    def told_of_silence(self) -> Operation:
        """Not settled yet, and the admins have been told so."""
        return replace(self, silence_told=True)
