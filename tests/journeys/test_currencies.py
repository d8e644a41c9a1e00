"""An amount has its currency wherever a person reads it; a currency without a smaller unit has no decimals.

Source: Stripe's documentation, "Supported currencies": zero-decimal currencies.
"""

import pytest

from tests.support.journey import Journey
from tests.support.money import customer_of, preview, signed_in_admin


@pytest.mark.parametrize(
    ("currency", "unit", "total", "more"),
    [("eur", 2500, "€50.00/mo", "€75.00/mo (+€25.00/mo)"), ("jpy", 3000, "¥6,000/mo", "¥9,000/mo (+¥3,000/mo)")],
)
async def test_the_pages_the_api_and_the_spreadsheet_name_the_currency(
    journey: Journey, currency: str, unit: int, total: str, more: str
) -> None:
    ada = await signed_in_admin(journey, base=2, voice=0)
    [opened] = journey.published("billing.account_opened.v1")
    await journey.stripe.control(f"dashboard/subscriptions/{opened.data.subscription_id}", cancel=True)
    form = {"recurring[interval]": "month", "product": "headcount_base", "unit_amount": unit}
    price = await journey.stripe.post("prices", currency=currency, **form, **{"metadata[seat_type]": "base"})
    items = {
        "items[0][price]": price["id"],
        "items[0][quantity]": "2",
        "metadata[agency_id]": str(opened.envelope.agency_id),
    }
    await journey.stripe.post("subscriptions", customer=customer_of(journey), **items)
    await journey.publish_stripe_events(
        customer_of(journey), "customer.subscription.deleted", "customer.subscription.created"
    )
    billing = await ada.get("/billing")
    assert billing["total"] == {"amount": 2 * unit, "currency": currency}
    page = (await ada.client.get("/admin/agency/billing")).text
    assert total in page
    quoted = await preview(ada, "/seats/quotes", {"base": 3, "voice": 0})
    assert quoted.status_code == 201, quoted.text
    assert quoted.json()["dueNow"]["currency"] == currency
    assert f"New plan total: {more}." in quoted.json()["sentence"]
    # Both invoices are of the same second.
    totals = [invoice["total"] for invoice in (await ada.get("/billing/invoices"))["items"]]
    assert {"amount": 2 * unit, "currency": currency} in totals
    sheet = (await ada.client.get("/api/v1/billing/invoices.csv")).text
    assert f",{'6000' if currency == 'jpy' else '50.00'}," in sheet
    assert f",{currency}," in sheet
