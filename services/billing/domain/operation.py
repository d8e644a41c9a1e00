"""An operation is one change at Stripe: under way, then done or refused, and never back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.vocabulary import Quantities, RejectionCode
from services.billing.domain.snapshots import Pending


class OperationKind(StrEnum):
    """What an operation does."""

    OPEN_ACCOUNT = "open_account"
    SET_QUANTITIES = "set_quantities"
    SWITCH_CYCLE = "switch_cycle"
    SETTLE = "settle"
    PAY_OWED = "pay_owed"


class OperationState(StrEnum):
    """Where an operation stands."""

    UNDER_WAY = "under_way"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Operation:
    """One change at Stripe; `charged` is what the card paid for it, in cents. `silence_told`: the admins know.

    `left` are the prorations that it left for a later invoice, `left_cents` what they come to; `taken_by` is the
    invoice that has them now, and `is_settled` says that it is paid.
    """

    id: UUID
    agency_id: UUID
    kind: OperationKind
    before: Quantities
    after: Quantities
    began_at: datetime
    state: OperationState = OperationState.UNDER_WAY
    timeout_published: bool = False
    code: RejectionCode | None = None
    invoice_id: str | None = None
    charged: int | None = None
    ended_at: datetime | None = None
    left: tuple[str, ...] = ()
    left_cents: int = 0
    taken_by: str | None = None
    is_settled: bool = False

    @property
    def is_unsettled(self) -> bool:
        """True while what it left for a later invoice is not paid."""
        return bool(self.left) and not self.is_settled

    @property
    def is_under_way(self) -> bool:
        """True until the outcome is settled."""
        return self.state is OperationState.UNDER_WAY

    def done(self, at: datetime, charged: int, invoice_id: str | None) -> Operation:
        """The change is made and paid."""
        return replace(self, state=OperationState.DONE, charged=charged, invoice_id=invoice_id, ended_at=at)

    def leaving(self, left: Iterable[Pending]) -> Operation:
        """With prorations that wait for a later invoice."""
        waiting = tuple(left)
        return replace(self, left=tuple(one.id for one in waiting), left_cents=sum(one.amount for one in waiting))

    def taken(self, invoice_id: str) -> Operation:
        """An invoice has taken what it left."""
        return replace(self, taken_by=invoice_id)

    def settled(self) -> Operation:
        """That invoice is paid."""
        return replace(self, is_settled=True)

    def refused(self, at: datetime, code: RejectionCode, invoice_id: str | None = None) -> Operation:
        """The change was not made; or the invoice that it made is not paid."""
        return replace(self, state=OperationState.REFUSED, code=code, invoice_id=invoice_id, ended_at=at)

    def with_timeout_published(self) -> Operation:
        """Not settled yet, and the admins have been told so."""
        return replace(self, timeout_published=True)
