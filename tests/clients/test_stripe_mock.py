"""Stripe's own mock accepts the calls that these tests send to the stand-in, so their parameters are Stripe's."""

from collections.abc import AsyncIterator

import httpx
import pytest
import stripe

from services.billing.clients.stripe_http import StripeHttp
from tests.clients.published import Published
from tests.support.stripe_mock import VERSION, built


@pytest.fixture
async def client(stripe_mock: str) -> AsyncIterator[stripe.StripeClient]:
    """The official SDK, pointed at Stripe's mock."""
    http = StripeHttp(httpx.Timeout(20))
    yield stripe.StripeClient("sk_test_123", base_addresses={"api": stripe_mock}, http_client=http)
    await http.close_async()


async def test_stripes_mock_rejects_an_unknown_parameter(client: stripe.StripeClient) -> None:
    refused = None
    try:
        await client.v1.customers.create_async({"emial": "a"})  # type: ignore[arg-type]
    except stripe.InvalidRequestError as answer:
        refused = answer.http_status
    assert refused == 400


async def test_stripes_mock_accepts_the_calls_of_an_agencys_life(client: stripe.StripeClient) -> None:
    v1 = client.v1
    await v1.products.create_async({"name": "Base", "metadata": {"seat_type": "base"}})
    await v1.prices.create_async(
        {
            "currency": "usd",
            "product_data": {"name": "Base"},
            "recurring": {"interval": "month"},
            "lookup_key": "base_monthly",
            "billing_scheme": "tiered",
            "tiers_mode": "volume",
            "tiers": [{"up_to": 1, "unit_amount": 3100}, {"up_to": "inf", "unit_amount": 2999}],
            "transfer_lookup_key": True,
        }
    )
    await v1.prices.list_async({"lookup_keys": ["base_monthly"], "expand": ["data.tiers"]})
    await v1.customers.create_async(
        {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    )
    await v1.payment_methods.attach_async("pm_card_visa", {"customer": "cus_1"})
    await v1.subscriptions.create_async(
        {
            "customer": "cus_1",
            "items": [{"price": "price_1", "quantity": 2}, {"price": "price_2", "quantity": 1}],
            "payment_behavior": "error_if_incomplete",
            "expand": ["latest_invoice", "items.data.price.tiers"],
        }
    )
    await v1.subscriptions.update_async(
        "sub_1",
        {
            "items": [{"id": "si_1", "quantity": 3}, {"id": "si_2", "deleted": True}],
            "proration_behavior": "always_invoice",
            "payment_behavior": "error_if_incomplete",
            "proration_date": 1_798_761_600,
            "billing_cycle_anchor": "unchanged",
            "cancel_at_period_end": False,
        },
    )
    await v1.invoices.create_preview_async(
        {
            "subscription": "sub_1",
            "preview_mode": "recurring",
            "subscription_details": {
                "items": [{"id": "si_1", "quantity": 3}],
                "proration_behavior": "always_invoice",
                "proration_date": 1_798_761_600,
            },
        }
    )
    await v1.invoices.create_async(
        {"customer": "cus_1", "subscription": "sub_1", "pending_invoice_items_behavior": "include"}
    )
    await v1.invoices.update_async("in_1", {"auto_advance": True, "metadata": {"operation_id": "o"}})
    await v1.invoices.finalize_invoice_async("in_1", {"auto_advance": False})
    await v1.invoices.pay_async("in_1", {"off_session": True})
    await v1.invoices.void_invoice_async("in_1")
    await v1.invoices.line_items.list_async("in_1", {"limit": 100})
    await v1.invoice_items.list_async({"customer": "cus_1", "pending": True})
    await v1.events.list_async({"types": ["customer.subscription.updated"], "created": {"gte": 1}})
    await v1.billing_portal.configurations.create_async(
        {
            "features": {
                "customer_update": {"enabled": True, "allowed_updates": ["email"]},
                "invoice_history": {"enabled": True},
                "payment_method_update": {"enabled": True},
                "subscription_cancel": {"enabled": False},
                "subscription_update": {"enabled": False},
            }
        }
    )
    await v1.billing_portal.configurations.update_async(
        "bpc_1",
        {
            "features": {
                "subscription_cancel": {"enabled": True, "mode": "immediately"},
                "subscription_update": {
                    "enabled": True,
                    "default_allowed_updates": ["quantity"],
                    "proration_behavior": "always_invoice",
                    "products": [{"product": "prod_1", "prices": ["price_1"]}],
                },
            }
        },
    )
    await v1.billing_portal.sessions.create_async(
        {"customer": "cus_1", "configuration": "bpc_1", "flow_data": {"type": "payment_method_update"}}
    )
    await v1.subscriptions.cancel_async("sub_1", {"prorate": True, "invoice_now": True})
    await v1.customers.delete_async("cus_1")


def test_the_description_has_the_version_that_the_product_pins(stripe_description: dict[str, object]) -> None:
    info = stripe_description["info"]
    assert isinstance(info, dict)
    assert info["version"] == "2026-08-26.dahlia"
    assert built().name == VERSION


def test_invented_fields_missing_fields_and_unknown_words_are_violations(judge: Published) -> None:
    deleted = {"id": "cus_1", "object": "customer", "deleted": True}
    assert judge.complaint_about("DELETE", "/v1/customers/cus_1", 200, deleted) is None
    for wrong in ({**deleted, "seats": 1}, {"id": "cus_1", "object": "customer"}, {**deleted, "object": "agency"}):
        assert judge.complaint_about("DELETE", "/v1/customers/cus_1", 200, wrong) is not None
