"""An operation is one change or charge at Stripe: under way, then done or rejected, and never anything else again.

Between the two, a change may wait for the payment of its invoice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.vocabulary import Quantities, RejectionCode
from services.billing.domain.cycle_switch import CycleSwitch
from services.billing.domain.snapshots import PendingProration


class OperationKind(StrEnum):
    """The kind of an operation, and of its task."""

    OPEN_ACCOUNT = "open_account"
    SET_QUANTITIES = "set_quantities"
    SWITCH_CYCLE = "switch_cycle"
    SETTLE = "settle"
    PAY_OWED = "pay_owed"
    UNDO = "undo"


class OperationState(StrEnum):
    """How far an operation is."""

    UNDER_WAY = "under_way"
    AWAITS_PAYMENT = "awaits_payment"
    DONE = "done"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Operation:
    """One change or charge at Stripe. The id is its idempotency key; `charged` is what the card paid, in cents.

    `pending_proration_ids` are the prorations that the operation left for a later invoice, and `pending_cents` their
    sum. `proration_invoice_id` is the invoice that has billed them; `is_settled` is True when that invoice is paid.
    `timeout_published` is True when the admins know that Stripe does not answer, or refuses to undo the change.
    `payment_until` is when a change that waits for its payment is given up (`confirms`: the cardholder is to confirm
    it), or its invoice is due. `switch` is the switch of the cycle that waits.
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
    pending_proration_ids: tuple[str, ...] = ()
    pending_cents: int = 0
    proration_invoice_id: str | None = None
    is_settled: bool = False
    payment_until: datetime | None = None
    switch: CycleSwitch | None = None
    confirms: bool = False

    @property
    def awaits_payment(self) -> bool:
        """True while the change waits for the payment of its invoice."""
        return self.state is OperationState.AWAITS_PAYMENT

    @property
    def is_unsettled(self) -> bool:
        """True while the prorations that the operation left pending are not paid."""
        return bool(self.pending_proration_ids) and not self.is_settled

    @property
    def is_under_way(self) -> bool:
        """True until the operation is done or rejected."""
        return self.state is OperationState.UNDER_WAY

    def done(self, at: datetime, charged: int, invoice_id: str | None) -> Operation:
        """The operation after its change was made and paid."""
        return replace(self, state=OperationState.DONE, charged=charged, invoice_id=invoice_id, ended_at=at)

    def awaiting(
        self, invoice_id: str, until: datetime | None, switch: CycleSwitch | None = None, *, confirms: bool = False
    ) -> Operation:
        """The operation after its invoice was made and not paid. That Stripe had been silent before is over."""
        return replace(
            self,
            state=OperationState.AWAITS_PAYMENT,
            timeout_published=False,
            invoice_id=invoice_id,
            payment_until=until,
            switch=switch,
            confirms=confirms,
        )

    def is_unconfirmed(self, now: datetime) -> bool:
        """True once the time is over in which the cardholder could confirm the payment that the change waits for."""
        is_over = self.payment_until is not None and now > self.payment_until
        return self.awaits_payment and self.confirms and is_over

    def with_pending(self, prorations: Iterable[PendingProration]) -> Operation:
        """The operation with prorations that wait for a later invoice."""
        pending = tuple(prorations)
        return replace(
            self,
            pending_proration_ids=tuple(proration.id for proration in pending),
            pending_cents=sum(proration.net for proration in pending),
        )

    def billed_by(self, invoice_id: str) -> Operation:
        """The operation after an invoice has billed its pending prorations."""
        return replace(self, proration_invoice_id=invoice_id)

    def billed_but_for(self, left: tuple[str, ...]) -> Operation:
        """The operation after an invoice has billed its pending prorations but for these, which wait for the next."""
        return replace(self, pending_proration_ids=left)

    def settled(self) -> Operation:
        """The operation after that invoice is paid or void."""
        return replace(self, is_settled=True)

    def rejected(self, at: datetime, code: RejectionCode, invoice_id: str | None = None) -> Operation:
        """The operation after its change was not made, or its invoice not paid."""
        return replace(self, state=OperationState.REJECTED, code=code, invoice_id=invoice_id, ended_at=at)

    def with_timeout_published(self) -> Operation:
        """The operation, under way or waiting for its payment, after StripeTimedOut was published."""
        return replace(self, timeout_published=True)
