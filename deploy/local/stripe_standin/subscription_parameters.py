"""The parameters of the subscription endpoints, and a new subscription before it has items."""

from collections.abc import Mapping
from typing import Any

from deploy.local.stripe_standin.coupons import DISCOUNTS
from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.money import CURRENCIES
from deploy.local.stripe_standin.parameters import (
    EXPAND,
    Clearable,
    Flag,
    Integer,
    IntegerOr,
    ListOf,
    Metadata,
    OneOf,
    Reader,
    Text,
    TimeFilter,
    listing,
    merge_metadata,
    shape,
)
from deploy.local.stripe_standin.taxes import AUTOMATIC, RATES
from deploy.local.stripe_standin.world import Draft, Obj

STATUSES = ("active", "canceled", "incomplete", "incomplete_expired", "past_due", "paused", "trialing", "unpaid")
_PRORATIONS = ("always_invoice", "create_prorations", "none")
_METHOD_TYPES = ("card", "link", "us_bank_account", "sepa_debit", "bacs_debit")
_SETTINGS = shape(
    save_default_payment_method=OneOf(("off", "on_subscription")),
    payment_method_types=Clearable(ListOf(OneOf(_METHOD_TYPES))),
)
_BILLING_MODE = shape(
    "type", type=OneOf(("flexible", "classic")), flexible=shape(proration_discounts=OneOf(("included", "itemized")))
)
_PAUSE = shape("behavior", behavior=OneOf(("keep_as_draft", "mark_uncollectible", "void")), resumes_at=Integer(0))
_TRIAL_SETTINGS = shape(
    "end_behavior",
    end_behavior=shape("missing_payment_method", missing_payment_method=OneOf(("cancel", "create_invoice", "pause"))),
)
CANCELLATION = shape(comment=Clearable(Text()), feedback=Clearable(Text()))
_COMMON: dict[str, Reader] = {
    "automatic_tax": AUTOMATIC,
    "cancel_at": Clearable(IntegerOr(("max_period_end", "min_period_end"))),
    "cancel_at_period_end": Flag(),
    "collection_method": OneOf(("charge_automatically", "send_invoice")),
    "days_until_due": Integer(0),
    "default_payment_method": Text(),
    "default_tax_rates": RATES,
    "description": Clearable(Text()),
    "discounts": DISCOUNTS,
    "metadata": Metadata(),
    "off_session": Flag(),
    "payment_behavior": OneOf(
        ("allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete")
    ),
    "payment_settings": _SETTINGS,
    "proration_behavior": OneOf(_PRORATIONS),
    "trial_end": IntegerOr(("now",)),
    "trial_settings": _TRIAL_SETTINGS,
    "expand": EXPAND,
}
ITEM_CHANGE = shape(
    id=Text(),
    price=Text(),
    quantity=Integer(0),
    deleted=Flag(),
    discounts=DISCOUNTS,
    metadata=Metadata(),
    tax_rates=RATES,
)
_NEW_ITEM = shape("price", price=Text(), quantity=Integer(0), discounts=DISCOUNTS, metadata=Metadata(), tax_rates=RATES)
CREATE = shape(
    "customer items",
    **_COMMON,
    customer=Text(),
    currency=OneOf(CURRENCIES),
    billing_mode=_BILLING_MODE,
    items=ListOf(_NEW_ITEM, longest=20),
    trial_period_days=Integer(1),
)
UPDATE = shape(
    **_COMMON,
    billing_cycle_anchor=OneOf(("now", "unchanged")),
    cancellation_details=CANCELLATION,
    items=ListOf(ITEM_CHANGE, longest=20),
    pause_collection=Clearable(_PAUSE),
    proration_date=Integer(0),
)
RESUME = shape(billing_cycle_anchor=OneOf(("now", "unchanged")), expand=EXPAND)
LIST = listing(
    customer=Text(),
    price=Text(),
    collection_method=OneOf(("charge_automatically", "send_invoice")),
    status=OneOf(("all", "ended", *STATUSES)),
    created=TimeFilter(),
)
OVER = frozenset({"canceled", "incomplete_expired"})


def blank(draft: Draft, customer: Obj, currency: str, params: Mapping[str, Any]) -> Obj:
    """Return a new active subscription without items. Its billing mode is flexible, unless it is classic by request.

    [changelog 2025-09-30.clover: flexible is the default for new subscriptions]
    """
    billing_mode = params.get("billing_mode", {})
    mode = billing_mode.get("type", "flexible")
    proration_discounts = billing_mode.get("flexible", {}).get("proration_discounts", "included")
    flexible = {"proration_discounts": proration_discounts} if mode == "flexible" else None
    return {
        "id": new_id("sub"),
        "object": "subscription",
        "application": None,
        "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": draft.now,
        "billing_cycle_anchor_config": None,
        "billing_mode": {"flexible": flexible, "type": mode},
        "billing_schedules": [],
        "billing_thresholds": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": draft.now,
        "currency": currency,
        "customer": customer["id"],
        "days_until_due": None,
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "ended_at": None,
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "latest_invoice": None,
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata")),
        "next_pending_invoice_item_invoice": None,
        "on_behalf_of": None,
        "pause_collection": None,
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "pending_invoice_item_interval": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "schedule": None,
        "start_date": draft.now,
        "status": "active",
        "test_clock": None,
        "transfer_data": None,
        "trial_end": None,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": None,
        "_items": [],
        # The change that waits for the payment of its invoice, while there is a `pending_update`.
        "_pending_change": None,
    }
