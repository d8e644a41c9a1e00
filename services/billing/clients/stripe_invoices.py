"""Invoices at Stripe: those that were made, what waits for the next one, and what a change would make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from services.billing.clients.stripe_base import PAGE, Calls, StripeFailedError, asked
from services.billing.clients.stripe_reading import pending_of, preview_of, seen_invoice
from services.billing.domain.item_change import ItemChange
from services.billing.domain.outcome_of import Missing
from services.billing.domain.seen import Pending, Preview, SeenInvoice

if TYPE_CHECKING:
    from stripe.params import (
        InvoiceCreatePreviewParams,
        InvoiceCreatePreviewParamsSubscriptionDetailsItem,
        InvoiceItemListParams,
    )


class InvoiceCalls(Calls):
    """The calls about invoices."""

    async def invoices_of(self, subscription_id: str) -> list[SeenInvoice]:
        """The newest invoices of a subscription, newest first."""
        found = await asked(
            self._stripe.v1.invoices.list_async({"subscription": subscription_id, "limit": PAGE}),
        )
        return [seen_invoice(one) for one in found.data]

    async def invoice(self, invoice_id: str) -> SeenInvoice | None:
        """An invoice; None when it is there no more, as a draft that was deleted."""
        try:
            return seen_invoice(await asked(self._stripe.v1.invoices.retrieve_async(invoice_id)))
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
