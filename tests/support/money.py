"""Helpers for journeys about money: open an agency, preview and save seats, and check that all amounts agree."""

from typing import Any, Literal

import httpx

from contracts.vocabulary import Quantities
from tests.support.journey import Browser, Journey

ADA = "ada@harbor.example"
UPDATES = "/v1/subscriptions/*"
DAY = 24 * 3600


def usd(cents: int) -> dict[str, Any]:
    """Return an amount as the API shows it."""
    return {"amount": cents, "currency": "usd"}


async def signed_in_admin(
    journey: Journey,
    base: int = 2,
    voice: int = 1,
    *,
    auto_add: bool = False,
    signed: bool = True,
    cycle: Literal["monthly", "annual"] = "monthly",
) -> Browser:
    """Open an agency and return its admin's browser. The admin is signed in, and Active in a Base seat."""
    await journey.open_agency(base=base, voice=voice, cycle=cycle)
    while not journey.published("billing.account_opened.v1"):
        # A request to Stripe may time out on a busy machine; billing then repeats it a moment later.
        await journey.pass_time(1)
    ada = journey.browser()
    assert (await ada.log_in(ADA)).status_code == 201
    if signed:
        assert (await ada.sign_baa()).status_code == 201
    if auto_add:
        assert (await ada.auto_add(True)).status_code == 200
    return ada


def customer_of(journey: Journey) -> str:
    """Return the first agency's customer id at Stripe."""
    customer_id: str = journey.published("billing.account_opened.v1")[0].data.customer_id
    return customer_id


def subscription_of(journey: Journey) -> str:
    """Return the first agency's subscription id at Stripe."""
    subscription_id: str = journey.published("billing.account_opened.v1")[0].data.subscription_id
    return subscription_id


async def set_card(journey: Journey, kind: Literal["good", "declining", "action_required"]) -> None:
    """Change the agency's card at Stripe. No Stripe event reports the change."""
    await journey.stripe.control(f"customers/{customer_of(journey)}/card", kind=kind)


async def edit_in_dashboard(journey: Journey, base: int, voice: int, *, handled: bool = False) -> None:
    """Edit the quantities in Stripe's dashboard. Unless `handled`, Stripe's event about the edit is lost."""
    await journey.stripe.control(f"dashboard/subscriptions/{subscription_of(journey)}", base=base, voice=voice)
    if handled:
        await journey.publish_stripe_events(customer_of(journey), "customer.subscription.updated")


async def preview(ada: Browser, path: str, body: object) -> httpx.Response:
    """Request a price, up to three times if Stripe is too slow on a busy machine."""
    for _ in range(3):
        response = await ada.post(path, body)
        if response.is_success or response.json()["code"] != "billing_unavailable":
            break
    return response


async def quote_seats(ada: Browser, base: int, voice: int) -> dict[str, Any]:
    """Preview these counts, and return the quote."""
    response = await preview(ada, "/seats/quotes", {"base": base, "voice": voice})
    assert response.status_code == 201, response.text
    quote: dict[str, Any] = response.json()
    return quote


async def save_quote(ada: Browser, quote: dict[str, Any]) -> httpx.Response:
    """Save the counts of a quote."""
    return await ada.put("/seats", {**quote["after"], "quoteId": quote["id"], "confirm": True})


async def save_seats(ada: Browser, base: int, voice: int) -> dict[str, Any]:
    """Preview these counts, and save them."""
    response = await save_quote(ada, await quote_seats(ada, base, voice))
    assert response.status_code == 200, response.text
    result: dict[str, Any] = response.json()
    return result


async def purchased_seats(ada: Browser) -> Quantities:
    """Return the purchased counts that the page shows."""
    seats = await ada.get("/seats")
    return Quantities(seats["base"]["purchased"], seats["voice"]["purchased"])


async def assert_all_agree(journey: Journey, ada: Browser) -> list[dict[str, Any]]:
    """INVARIANT: page, ledger and Stripe have the same counts, and each invoice one cause and the published amount.

    Return Stripe's invoices, newest first.
    """
    await journey.drain()
    shown = await ada.get("/seats")
    at_stripe = Quantities(*await journey.stripe.quantities(subscription_of(journey)))
    assert await purchased_seats(ada) == at_stripe
    for seat_type, count in at_stripe:
        assert shown[seat_type.value]["active"] <= count, "somebody is Active without a seat"
        assert shown[seat_type.value]["incoming"] == 0
    invoices = await journey.stripe.invoices(subscription_of(journey))
    published = {}
    for kind in ("account_opened", "quantities_set", "cycle_switched", "settled"):
        for event in journey.published(f"billing.{kind}.v1"):
            if event.data.invoice is not None:
                assert event.data.invoice.id not in published, "an invoice has two causes"
                published[event.data.invoice.id] = event.data.invoice
    for invoice in invoices:
        if invoice["billing_reason"] != "subscription_cycle":
            invoice_event = published.pop(invoice["id"])
            assert (invoice_event.total, invoice_event.amount_paid) == (invoice["total"], invoice["amount_paid"])
    assert published == {}, "an event names an invoice that Stripe does not have"
    return invoices
