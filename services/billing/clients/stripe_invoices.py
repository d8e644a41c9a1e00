"""The calls about invoices: existing ones, pending prorations, and previews."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from services.billing.clients.stripe_base import PAGE, Calls, StripeFailedError, call, every
from services.billing.clients.stripe_fields import OPERATION, id_of
from services.billing.clients.stripe_invoice_reading import invoice_snapshot, pending_proration, preview_of
from services.billing.domain.item_change import ItemChange, begins_new_period
from services.billing.domain.open_invoices import OpenInvoices
from services.billing.domain.outcome_of import Missing, Misused
from services.billing.domain.reversals import dispute_state
from services.billing.domain.snapshots import (
    PendingProration,
    Preview,
    StripeInvoiceSnapshot,
    StripePaymentSnapshot,
)

if TYPE_CHECKING:
    import stripe
    from stripe.params import (
        InvoiceCreatePreviewParams,
        InvoiceCreatePreviewParamsSubscriptionDetails,
        InvoiceCreatePreviewParamsSubscriptionDetailsItem,
        InvoiceItemListParams,
        InvoiceListParams,
        InvoiceRetrieveParams,
    )


_OF_DISPUTE: Final = ("dp_", "du_")
"""How the id of a dispute begins."""


_WITH_PAYMENTS: InvoiceRetrieveParams = {"expand": ["payments.data.payment.payment_intent"]}
"""Only the intent of an invoice's payment has the reason of a decline."""


@dataclass(frozen=True, slots=True)
class ItemFate:
    """The fate of a pending proration: `invoice` has billed it, or Stripe has it no more, or it is pending still."""

    invoice: str | None
    is_gone: bool = False


class InvoiceCalls(Calls):
    """The calls about invoices."""

    async def invoices_of(self, subscription_id: str, most: int = PAGE) -> list[StripeInvoiceSnapshot]:
        """The newest invoices of a subscription, newest first."""
        page = await call(
            self._stripe.v1.invoices.list_async({"subscription": subscription_id, "limit": most}),
        )
        return [invoice_snapshot(invoice) for invoice in page.data]

    async def open_invoices_of(self, subscription_id: str) -> OpenInvoices:
        """The invoices of a subscription that are open, newest first, up to `MOST_LISTED`."""
        params: InvoiceListParams = {"subscription": subscription_id, "status": "open", "limit": PAGE}
        listing = await every(self._stripe.v1.invoices.list_async(params))
        return OpenInvoices(tuple(invoice_snapshot(invoice) for invoice in listing.objects), listing.is_whole)

    async def invoice(self, invoice_id: str) -> StripeInvoiceSnapshot | None:
        """An invoice, with the reason of its last decline; None for a draft that was deleted."""
        try:
            return invoice_snapshot(await call(self._stripe.v1.invoices.retrieve_async(invoice_id, _WITH_PAYMENTS)))
        except StripeFailedError as failed:
            if isinstance(failed.outcome, Missing):
                return None
            raise

    async def payment(self, object_id: str) -> StripePaymentSnapshot:
        """The payment of this charge or dispute."""
        dispute: stripe.Dispute | None = None
        if object_id.startswith(_OF_DISPUTE):
            dispute = await call(self._stripe.v1.disputes.retrieve_async(object_id))
        charge = await call(self._stripe.v1.charges.retrieve_async(id_of(dispute.charge) if dispute else object_id))
        if dispute is None and charge.disputed:
            page = await call(self._stripe.v1.disputes.list_async({"charge": charge.id, "limit": 1}))
            dispute = next(iter(page.data), None)
        return StripePaymentSnapshot(
            intent=id_of(charge.payment_intent),
            refunded=charge.amount_refunded,
            dispute=dispute_state(dispute.status) if dispute else None,
            disputed=dispute.amount if dispute else 0,
        )

    async def invoice_paid_by(self, subscription_id: str, intent: str) -> StripeInvoiceSnapshot | None:
        """The invoice, among the newest of the subscription, that this payment has paid; None if it is another's."""
        page = await call(
            self._stripe.v1.invoices.list_async(
                {"subscription": subscription_id, "limit": PAGE, "expand": ["data.payments"]}
            )
        )
        for invoice in page.data:
            payments = invoice.payments.data if invoice.payments else []
            if any(id_of(getattr(paid.payment, "payment_intent", None)) == intent for paid in payments):
                return invoice_snapshot(invoice)
        return None

    async def payments_of(self, subscription_id: str) -> list[str]:
        """The payments of a subscription's paid invoices."""
        page = await call(
            self._stripe.v1.invoices.list_async(
                {"subscription": subscription_id, "status": "paid", "limit": PAGE, "expand": ["data.payments"]}
            )
        )
        payments = (paid.payment for invoice in page.data if invoice.payments for paid in invoice.payments.data)
        intents = (id_of(getattr(payment, "payment_intent", None)) for payment in payments)
        return [intent for intent in intents if intent]

    async def refund(self, intent: str, key: str) -> None:
        """Give back all of a payment. Do nothing if it was given back already."""
        try:
            await call(self._stripe.v1.refunds.create_async({"payment_intent": intent}, {"idempotency_key": key}))
        except StripeFailedError as failed:
            if not (isinstance(failed.outcome, Misused) and failed.outcome.code == "charge_already_refunded"):
                raise

    async def pending_of(self, customer_id: str, subscription_id: str) -> tuple[PendingProration, ...]:
        """The prorations that the subscription's next invoice would bill, and charges by hand, newest first.

        Of more than `MOST_LISTED` pending items of the customer, the newest are read: what a change has just left is
        among them, and an older one is followed by its id (`fate_of_item`).
        """
        params: InvoiceItemListParams = {"customer": customer_id, "pending": True, "limit": PAGE}
        listing = await every(self._stripe.v1.invoice_items.list_async(params))
        prorations = (pending_proration(item, subscription_id) for item in listing.objects)
        return tuple(proration for proration in prorations if proration is not None)

    async def fate_of_item(self, item_id: str) -> ItemFate:
        """The fate of a proration: it is pending, on an invoice, or Stripe has it no more."""
        try:
            item = await call(self._stripe.v1.invoice_items.retrieve_async(item_id))
        except StripeFailedError as failed:
            if isinstance(failed.outcome, Missing):
                return ItemFate(None, is_gone=True)
            raise
        return ItemFate(id_of(item.invoice) if item.invoice else None)

    async def items_of_invoice(self, invoice_id: str) -> tuple[str, ...]:
        """The ids of the invoice items that the invoice's lines have taken: Stripe puts at most 250 on an invoice.

        Source: Stripe's changelog, 2016-02-22, "You can no longer add more than 250 invoice items to an invoice".
        """
        params: InvoiceItemListParams = {"invoice": invoice_id, "limit": PAGE}
        listing = await every(self._stripe.v1.invoice_items.list_async(params))
        return tuple(item.id for item in listing.objects)

    async def delete_proration(self, item_id: str) -> None:
        """Delete a pending proration. Do nothing if it is gone already."""
        try:
            await call(self._stripe.v1.invoice_items.delete_async(item_id))
        except StripeFailedError as failed:
            if not isinstance(failed.outcome, Missing):
                raise

    async def create_invoice(self, *, customer_id: str, subscription_id: str, operation_id: str, key: str) -> str:
        """Create a draft invoice of all pending prorations; its id. Fails with Misused when nothing is pending."""
        made = await call(
            self._stripe.v1.invoices.create_async(
                {
                    "customer": customer_id,
                    "subscription": subscription_id,
                    "auto_advance": False,
                    "metadata": {OPERATION: operation_id},
                },
                {"idempotency_key": key},
            ),
        )
        return made.id

    async def finalize_invoice(self, invoice_id: str, key: str) -> StripeInvoiceSnapshot:
        """Finalize a draft. The invoice is paid at once when nothing is to be charged."""
        return invoice_snapshot(
            await call(
                self._stripe.v1.invoices.finalize_invoice_async(
                    invoice_id, {"auto_advance": False}, {"idempotency_key": key}
                ),
            ),
        )

    async def void_invoice(self, invoice_id: str, key: str) -> StripeInvoiceSnapshot:
        """Void an open or uncollectible invoice: nobody can pay it any more."""
        return invoice_snapshot(
            await call(self._stripe.v1.invoices.void_invoice_async(invoice_id, {}, {"idempotency_key": key})),
        )

    async def pay_invoice(self, invoice_id: str, key: str) -> StripeInvoiceSnapshot:
        """Charge an open invoice to the customer's card; the customer is not there to authenticate."""
        return invoice_snapshot(
            await call(
                self._stripe.v1.invoices.pay_async(invoice_id, {"off_session": True}, {"idempotency_key": key}),
            ),
        )

    async def preview(
        self, subscription_id: str, changes: Sequence[ItemChange], mode: Literal["next", "recurring"]
    ) -> Preview:
        """Preview the change's invoice of today (`next`), or the invoice of every cycle after it (`recurring`)."""
        details: InvoiceCreatePreviewParamsSubscriptionDetails = {"proration_behavior": "always_invoice"}
        if changes:
            details["items"] = [_item(change) for change in changes]
        if begins_new_period(changes):
            details["billing_cycle_anchor"] = "now"
        params: InvoiceCreatePreviewParams = {
            "subscription": subscription_id,
            "preview_mode": mode,
            "subscription_details": details,
        }
        return preview_of(await call(self._stripe.v1.invoices.create_preview_async(params)))


def _item(change: ItemChange) -> InvoiceCreatePreviewParamsSubscriptionDetailsItem:
    item: InvoiceCreatePreviewParamsSubscriptionDetailsItem = {"quantity": change.quantity}
    if change.item is not None:
        item["id"] = change.item
    if change.price is not None:
        item["price"] = change.price
    return item
