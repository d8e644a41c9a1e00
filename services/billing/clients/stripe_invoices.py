"""Invoices at Stripe: those that were made, what waits for the next one, and what a change would make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from services.billing.clients.stripe_base import PAGE, Calls, StripeFailedError, asked
from services.billing.clients.stripe_reading import OPERATION, id_of, invoice_snapshot, pending_of, preview_of
from services.billing.domain.item_change import ItemChange
from services.billing.domain.outcome_of import Missing
from services.billing.domain.snapshots import Pending, Preview, StripeInvoiceSnapshot

if TYPE_CHECKING:
    from stripe.params import (
        InvoiceCreatePreviewParams,
        InvoiceCreatePreviewParamsSubscriptionDetailsItem,
        InvoiceItemListParams,
    )


class InvoiceCalls(Calls):
    """The calls about invoices."""

    async def invoices_of(self, subscription_id: str, most: int = PAGE) -> list[StripeInvoiceSnapshot]:
        """The newest invoices of a subscription, newest first."""
        found = await asked(
            self._stripe.v1.invoices.list_async({"subscription": subscription_id, "limit": most}),
        )
        return [invoice_snapshot(one) for one in found.data]

    async def invoice(self, invoice_id: str) -> StripeInvoiceSnapshot | None:
        """An invoice; None when it is there no more, as a draft that was deleted."""
        try:
            return invoice_snapshot(await asked(self._stripe.v1.invoices.retrieve_async(invoice_id)))
        except StripeFailedError as failed:
            if isinstance(failed.outcome, Missing):
                return None
            raise

    async def pending_of(self, customer_id: str, subscription_id: str) -> tuple[Pending, ...]:
        """The prorations that the subscription's next invoice would take along, newest first."""
        waiting: list[Pending] = []
        params: InvoiceItemListParams = {"customer": customer_id, "pending": True, "limit": PAGE}
        while True:
            found = await asked(self._stripe.v1.invoice_items.list_async(params))
            waiting += [one for item in found.data if (one := pending_of(item, subscription_id)) is not None]
            if not found.has_more or not found.data:
                return tuple(waiting)
            params = {**params, "starting_after": found.data[-1].id}

    async def invoice_of_item(self, item_id: str) -> str | None:
        """The invoice that has taken what waited; None while it waits, or when it is there no more."""
        try:
            item = await asked(self._stripe.v1.invoice_items.retrieve_async(item_id))
        except StripeFailedError as failed:
            if isinstance(failed.outcome, Missing):
                return None
            raise
        return id_of(item.invoice) if item.invoice else None

    async def create_invoice(self, *, customer_id: str, subscription_id: str, operation_id: str, key: str) -> str:
        """Make an invoice, a draft, of all that waits on the subscription; its id. Misused when nothing does."""
        made = await asked(
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
        """Number a draft; it is paid already where nothing is to be charged."""
        return invoice_snapshot(
            await asked(
                self._stripe.v1.invoices.finalize_invoice_async(
                    invoice_id, {"auto_advance": False}, {"idempotency_key": key}
                ),
            ),
        )

    async def pay_invoice(self, invoice_id: str, key: str) -> StripeInvoiceSnapshot:
        """Charge an open invoice to the customer's card, who is not there to authenticate."""
        return invoice_snapshot(
            await asked(
                self._stripe.v1.invoices.pay_async(invoice_id, {"off_session": True}, {"idempotency_key": key}),
            ),
        )

    async def preview(
        self, subscription_id: str, changes: Sequence[ItemChange], mode: Literal["next", "recurring"]
    ) -> Preview:
        """The invoice that this change would make now (`next`), or that of every cycle after it (`recurring`)."""
        params: InvoiceCreatePreviewParams = {
            "subscription": subscription_id,
            "preview_mode": mode,
            "subscription_details": {
                "items": [_item(one) for one in changes],
                "proration_behavior": "always_invoice",
            },
        }
        return preview_of(await asked(self._stripe.v1.invoices.create_preview_async(params)))


def _item(change: ItemChange) -> InvoiceCreatePreviewParamsSubscriptionDetailsItem:
    item: InvoiceCreatePreviewParamsSubscriptionDetailsItem = {"id": change.item, "quantity": change.quantity}
    if change.price is not None:
        item["price"] = change.price
    return item
