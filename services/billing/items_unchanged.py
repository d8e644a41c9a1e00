"""An update that was not sent, or that Stripe has refused: its result, and the rejection that it ends with."""

from __future__ import annotations

from typing import assert_never

import structlog
from pydantic import AwareDatetime

from chassis.actor import Attempt
from contracts.billing_rejections import BillingUnavailable, InvoiceLimit, PastDue
from contracts.payment_vocabulary import Debt
from contracts.rejections import Rejection, of_code
from contracts.seat_rejections import PaymentPending
from contracts.vocabulary import RejectionCode, StripeFault
from services.billing.domain.debt import debt_of
from services.billing.domain.snapshots import StripeInvoiceSnapshot, StripeSubscriptionSnapshot
from services.billing.domain.stale_check import BeingPaid, OnAccount, Paused, Scheduled, Stale, Unpaid, Unusable
from services.billing.domain.what_next import Reject
from services.billing.tasks import TaskValue

log = structlog.get_logger(__name__)


class ItemsUnchanged(TaskValue):
    """The update was not made. `snapshot` is the subscription where it was not what the task started from.

    `available_at`: when Stripe makes invoices again, for `invoice_limit`. `fault`: why Stripe accepts no change. `owed`
    are the unpaid invoices, for `past_due`.
    """

    code: RejectionCode
    decline_code: str | None = None
    snapshot: StripeSubscriptionSnapshot | None = None
    available_at: AwareDatetime | None = None
    fault: StripeFault | None = None
    owed: tuple[StripeInvoiceSnapshot, ...] = ()

    @property
    def rejection(self) -> Rejection:
        """The rejection with its figures."""
        if self.code is RejectionCode.PAST_DUE:
            return PastDue.of(debt_of(self.owed))
        if self.code is RejectionCode.PAYMENT_PENDING:
            paying = debt_of(self.owed) or Debt(0, 0)
            return PaymentPending(paying.amount, paying.currency)
        if self.code is RejectionCode.INVOICE_LIMIT:
            return InvoiceLimit(self.available_at)
        if self.code is RejectionCode.BILLING_UNAVAILABLE:
            return BillingUnavailable(fault=self.fault)
        return of_code(self.code, self.decline_code)

    @classmethod
    def after_failure(cls, failure: Reject) -> ItemsUnchanged:
        """The result of a call that Stripe rejected for good."""
        return cls(code=failure.code, decline_code=failure.decline_code, fault=failure.fault)


def not_sent(  # noqa: PLR0911  one line a reason
    reason: Stale | Unusable | Unpaid | BeingPaid | Scheduled | Paused | OnAccount,
    attempt: Attempt,
    snapshot: StripeSubscriptionSnapshot,
    owed: tuple[StripeInvoiceSnapshot, ...],
) -> ItemsUnchanged:
    """The result of an update that is not sent for this reason; `owed` are the unpaid invoices."""
    match reason:
        case Stale():
            code = RejectionCode.STALE if attempt.payload.terms is None else RejectionCode.QUOTE_STALE
            return ItemsUnchanged(code=code, snapshot=snapshot)
        case Unusable():
            log.error("billing.subscription_unusable", operation_id=str(attempt.id), status=snapshot.status)
            return ItemsUnchanged(code=RejectionCode.BILLING_UNAVAILABLE, snapshot=snapshot)
        case Unpaid():
            return ItemsUnchanged(code=RejectionCode.PAST_DUE, snapshot=snapshot, owed=owed)
        case BeingPaid():
            return ItemsUnchanged(code=RejectionCode.PAYMENT_PENDING, snapshot=snapshot, owed=owed)
        case Scheduled():
            return not_accepted(StripeFault.SCHEDULE, snapshot)
        case Paused():
            return not_accepted(StripeFault.PAUSED, snapshot)
        case OnAccount():
            return not_accepted(StripeFault.ON_ACCOUNT, snapshot)
        case never:
            assert_never(never)


def not_accepted(fault: StripeFault, snapshot: StripeSubscriptionSnapshot) -> ItemsUnchanged:
    """The result where Stripe accepts no change of this subscription."""
    return ItemsUnchanged(code=RejectionCode.BILLING_UNAVAILABLE, snapshot=snapshot, fault=fault)
