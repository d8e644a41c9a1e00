"""An amount has its currency wherever a person reads it; a currency without a smaller unit has no decimals.

Source: Stripe's documentation, "Supported currencies": zero-decimal currencies.
"""

import pytest

from contracts.amounts import money, money_per_cycle
from contracts.vocabulary import BillingCycle
from tests.support.journey import Journey, text_of
from tests.support.money import (
    ADA,
    DAY,
    customer_of,
    preview,
    quote_seats,
    set_card,
    signed_in_admin,
)


async def subscribe_in(journey: Journey, currency: str, unit: int) -> None:
    """Have the operator replace the subscription by one of two seats in another currency."""
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


@pytest.mark.parametrize(
    ("currency", "unit", "total", "more"),
    [("eur", 2500, "€50.00/mo", "€75.00/mo (+€25.00/mo)"), ("jpy", 3000, "¥6,000/mo", "¥9,000/mo (+¥3,000/mo)")],
)
async def test_the_pages_the_api_and_the_spreadsheet_name_the_currency(
    journey: Journey, currency: str, unit: int, total: str, more: str
) -> None:
    ada = await signed_in_admin(journey, base=2, voice=0)
    await subscribe_in(journey, currency, unit)
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


@pytest.mark.parametrize(
    ("currency", "unit", "seat", "plan"),
    [("eur", 2500, "€25.00", "€75.00/mo"), ("jpy", 3000, "¥3,000", "¥9,000/mo")],
)
async def test_purchases_changes_and_refunds_name_the_currency_in_every_mail_line_and_cell(
    journey: Journey, currency: str, unit: int, seat: str, plan: str
) -> None:
    ada = await signed_in_admin(journey, base=2, voice=0, auto_add=True)
    await subscribe_in(journey, currency, unit)
    before = {line["id"] for line in (await ada.get("/activity"))["items"]}
    for name in ("nia", "noa"):
        await journey.browser().join(f"{name}@harbor.example")
    await journey.pass_time(10)
    bought = text_of(next(mail for mail in journey.letterbox.to(ADA) if "added" in str(mail["Subject"])))
    assert f"Charged today (prorated): {seat}" in bought
    assert f"New total: {plan}" in bought
    assert "$" not in bought
    quote = await quote_seats(ada, 4, 0)
    form = {"base": 4, "voice": 0, "quote_id": quote["id"], "key": "saved-by-form-01"}
    posting = ada.client.post("/admin/agency/billing/adjust", data=form, headers={"Origin": journey.public})
    saved = await journey.during(posting)
    shown = (await ada.client.get(saved.headers["location"])).text
    assert f"New plan total: {money_per_cycle(4 * unit, BillingCycle.MONTHLY, currency)}." in shown
    due = money(quote["dueNow"]["amount"], currency)
    assert f"{due} was charged today." in shown
    [held] = (await journey.stripe.get("subscriptions", customer=customer_of(journey)))["data"]
    await journey.stripe.control(f"dashboard/subscriptions/{held['id']}", base=5)
    await journey.publish_stripe_events(customer_of(journey), "customer.subscription.updated")
    await journey.pass_time(90, step=30)
    mails = {str(mail["Subject"]): text_of(mail) for mail in journey.letterbox.to(ADA)}
    [changed] = [words for subject, words in mails.items() if subject.startswith("The seats of")]
    [moved] = [words for subject, words in mails.items() if subject.startswith("The price of")]
    assert "Total before" not in moved, "dollars are no amount of the new currency"
    assert f"New total: {money_per_cycle(5 * unit, BillingCycle.MONTHLY, currency)}" in changed
    since = [line["sentence"] for line in (await ada.get("/activity"))["items"] if line["id"] not in before]
    assert [words for words in since if "$" in words] == []
    assert f"Ada Park changed the seats: +1 Base seat · {due} today, invoice " in " ".join(since)
    cells = [line.split(",") for line in (await ada.client.get("/api/v1/activity.csv")).text.splitlines()]
    place = cells[0].index("currency")
    assert {cell[place] for cell in cells[1 : len(since)] if len(cell) == len(cells[0])} <= {"", currency}
    settings = (await ada.client.get("/admin/agency/settings")).text
    assert f"{'Euros' if currency == 'eur' else 'Japanese yen'} charged today" in settings
    form = {"seats": "5", "amount": "much", "key": "size-by-form-01"}
    posting = ada.client.post("/admin/agency/settings/step-up", data=form, headers={"Origin": journey.public})
    most = {"eur": "from €0.00 to €50,000.00", "jpy": "from ¥0 to ¥5,000,000"}[currency]
    assert f"Write an amount, {most}." in (await journey.during(posting)).text


async def test_a_payment_that_fails_names_its_currency(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=2, voice=0)
    await subscribe_in(journey, "jpy", 3000)
    await set_card(journey, "declining")
    await journey.advance(32 * DAY)
    invoice = (await journey.stripe.get("invoices", customer=customer_of(journey)))["data"][0]
    await journey.publish_stripe_events(customer_of(journey), "invoice.payment_failed", object_id=invoice["id"])
    await journey.pass_time(60, step=30)
    assert "Payment failed: ¥6,000 of Harbor Clinic is unpaid" in journey.letterbox.subjects(ADA)
    await ada.log_in(ADA)
    assert (await ada.get("/seats"))["owed"]["currency"] == "jpy"
