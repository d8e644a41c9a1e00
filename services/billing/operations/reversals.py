"""Read a payment again when Stripe's event says that it was refunded or disputed, and publish what is new.

The payment's invoice is found among the newest invoices of the subscription: a refund of another product's payment is
neither shown nor logged here.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import assert_never

from chassis.actor import ActorContext, Attempt, Done, Retry
from contracts.payment_vocabulary import DisputeState
from services.billing.clients.stripe import StripeApi
from services.billing.domain.account import Agency
from services.billing.domain.invoice_changes import known_invoice, ours
from services.billing.domain.reversals import with_payment
from services.billing.domain.snapshots import StripeInvoiceSnapshot
from services.billing.domain.what_next import Reject
from services.billing.publish_changes import publish_reversals
from services.billing.tasks import ReadPayment, TaskValue
from services.billing.with_retry import with_retry


class PaymentRead(TaskValue):
    """The payment of an invoice: what was refunded of it, and where its dispute stands. None: of no known invoice."""

    invoice: StripeInvoiceSnapshot | None = None
    refunded: int = 0
    dispute: DisputeState | None = None
    disputed: int = 0

    @classmethod
    def after_failure(cls, _failure: Reject) -> PaymentRead:
        """The result of a call that Stripe rejected for good."""
        return cls()


@dataclass(frozen=True, slots=True)
class ReadPaymentCalls:
    """The calls to Stripe."""

    stripe: StripeApi
    rng: Random

    async def run(self, attempt: Attempt) -> Done | Retry:
        """Done with `PaymentRead`; Retry until Stripe answers."""
        return await with_retry(self._read(attempt.payload), attempt, self.rng, PaymentRead.after_failure)

    async def _read(self, task: ReadPayment) -> PaymentRead:
        payment = await self.stripe.payment(task.object_id)
        invoice = await self.stripe.invoice_paid_by(task.subscription_id, payment.intent)
        return PaymentRead(
            invoice=invoice, refunded=payment.refunded, dispute=payment.dispute, disputed=payment.disputed
        )


def on_result(agency: Agency, result: PaymentRead, ctx: ActorContext) -> None:
    """Publish what is new about the invoice, if it is one of ours."""
    match result:
        case PaymentRead(invoice=StripeInvoiceSnapshot() as snapshot):
            subscriptions = {agency.account.subscription_id} if agency.account is not None else set()
            for invoice in ours([snapshot], agency.invoices, subscriptions):
                known = known_invoice(invoice, agency.invoices)
                after = with_payment(known, result.refunded, result.dispute)
                publish_reversals(agency, after, ctx, result.disputed)
        case PaymentRead():
            pass
        case _:
            assert_never(result)
