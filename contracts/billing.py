"""What the billing service is asked and says: the agency's account and subscription at Stripe."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from contracts.message import Answer, Fact, Invoice, Order, OrderRefused, Payload, Seats, Text
from contracts.vocabulary import BillingCycle, Refusal


class SetQuantities(
    Order,
    type="billing.set_quantities.v1",
    outcomes=("billing.quantities_set.v1", "billing.quantities_refused.v1"),
):
    """Make the subscription's quantities `after`, if they are `before` now. Its id is the idempotency key."""

    before: Seats
    after: Seats


class OpenPortal(Order, type="billing.open_portal.v1", outcomes=("billing.portal_opened.v1",)):
    """Make a session of Stripe's hosted billing portal, for this click. `flow` leads straight to the card's page."""

    flow: Literal["overview", "payment_method_update"] = "overview"


class PortalOpened(Answer, type="billing.portal_opened.v1"):
    """The portal is open. `sealed` opens to {"url": "https://…"} for the gateway."""

    sealed: str


class AccountOpened(Fact, type="billing.account_opened.v1"):
    """Customer, card and subscription exist, the first invoice is paid. `total`: the plan's price a cycle, in cents."""

    customer_id: Text
    subscription_id: Text
    purchased: Seats
    cycle: BillingCycle
    total: int
    invoice: Invoice | None = None


class AccountRefused(Fact, type="billing.account_refused.v1"):
    """No account: the card was declined or wants authentication; nothing is left at Stripe that bills."""

    code: Refusal
    decline_code: str | None = None


class QuantitiesSet(Fact, type="billing.quantities_set.v1"):
    """The subscription has the quantities of `after`, paid.

    `charged` is what the card paid today, `total` the plan's price a cycle from now on; both in cents.
    """

    operation_id: UUID
    before: Seats
    after: Seats
    charged: int
    total: int
    cycle: BillingCycle
    invoice: Invoice | None = None


class QuantitiesRefused(Fact, type="billing.quantities_refused.v1"):
    """Nothing changed at Stripe. `code` is `stale` when the quantities were `actual`, not the order's `before`."""

    operation_id: UUID
    code: Refusal
    decline_code: str | None = None
    actual: Seats | None = None


class StripeSilent(Fact, type="billing.stripe_silent.v1"):
    """Stripe has not answered for ten minutes; we go on trying with the same key, nothing is charged twice."""

    operation_id: UUID
    since: AwareDatetime


class CardChanged(Fact, type="billing.card_changed.v1"):
    """The customer's card, or which one is charged, has changed at Stripe: what was declined is worth another try."""


class BillingOrderRefused(OrderRefused, type="billing.order_refused.v1"):
    """An order to billing was refused."""


class StripeEvent(Payload):
    """A webhook event as it lies on `stripe.events`: a hint that something about this customer changed."""

    event_id: Text
    type: Text
    customer_id: Text
    object_id: str | None = None
    idempotency_key: str | None = None
    created: AwareDatetime
