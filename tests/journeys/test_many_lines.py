"""More lines than Stripe shows: a preview names ten, a page of a list a hundred, and an invoice takes 250 items.

Source: Stripe's documentation, "Pagination"; its changelog, 2016-02-22, "You can no longer add more than 250 invoice
items to an invoice"; stripe/stripe-node#2518 (the further lines of a preview cannot be read).
"""

from typing import Any

from tests.journeys.test_cycle import quote_cycle, switch
from tests.support.journey import Journey
from tests.support.money import (
    ADA,
    DAY,
    customer_of,
    quote_seats,
    save_quote,
    save_seats,
    signed_in_admin,
    subscription_of,
)

UPDATED = "customer.subscription.updated"


async def edited(journey: Journey, times: int) -> None:
    """Change the quantities by hand so often that each edit leaves a credit and a debit for the next invoice."""
    path = f"dashboard/subscriptions/{subscription_of(journey)}"
    for number in range(times):
        await journey.stripe.control(path, base=3 + number % 2)
    await journey.publish_stripe_events(customer_of(journey), UPDATED)


async def pending(journey: Journey) -> list[Any]:
    listed = await journey.stripe.get("invoiceitems", pending="true", limit=100)
    return list(listed["data"])


def cents(quote: dict[str, Any]) -> int:
    return sum(line["amount"]["amount"] for line in (*quote["lines"], *quote["pendingLines"]))


async def test_a_change_takes_120_pending_lines_along_at_the_price_that_its_quote_names(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=2, voice=0)
    await journey.pass_time(10 * DAY, step=5 * DAY)
    await ada.log_in(ADA)
    await edited(journey, 60)
    assert len(await pending(journey)) == 100, "a page of them"
    quote = await quote_seats(ada, 9, 0)
    assert cents(quote) == quote["dueNow"]["amount"] > 0, "the lines add up, also those that Stripe does not show"
    saved = await save_quote(ada, quote)
    assert (saved.status_code, saved.json()["charged"]) == (200, quote["dueNow"])
    assert await pending(journey) == []


async def test_a_switch_whose_credits_stripe_does_not_show_charges_no_more_than_its_quote_allows(
    journey: Journey,
) -> None:
    # Until now the quote allowed for no difference: the credits were behind the ten lines of the preview.
    ada = await signed_in_admin(journey, base=2, voice=0)
    await journey.pass_time(10 * DAY, step=5 * DAY)
    await ada.log_in(ADA)
    await save_seats(ada, 40, 0)
    await journey.stripe.control(f"dashboard/subscriptions/{subscription_of(journey)}", base=39)
    await edited(journey, 8)
    quote = await quote_cycle(ada, "annual")
    assert quote["mayDiffer"]["amount"] > 0
    journey.clock.advance(590)
    switched = await switch(ada, quote)
    assert switched.status_code == 200, switched.text
    difference = switched.json()["charged"]["amount"] - quote["dueNow"]["amount"]
    assert 0 < difference <= quote["mayDiffer"]["amount"]


async def test_a_seat_whose_prorations_two_invoices_share_is_settled_by_the_second(journey: Journey) -> None:
    """249 items by hand are older: the first invoice takes the seat's credit, and the second one its debit.

    Until now neither invoice had all of them, so that the seat stayed unsettled.
    """
    ada = await signed_in_admin(journey, base=1, voice=1, auto_add=True)
    for place in range(14):
        await save_seats(ada, 1, 2 - place % 2)
        journey.clock.advance(10)
    subscription = {"customer": customer_of(journey), "subscription": subscription_of(journey)}
    for _ in range(249):
        await journey.stripe.post("invoiceitems", **subscription, currency="usd", amount=10)
    await journey.browser().join("bo@harbor.example", "base")
    await journey.pass_time(20, step=2)
    seats = (await ada.get("/seats"))["base"]
    assert (seats["active"], seats["unsettled"]) == (2, 1)
    await journey.pass_time(DAY + 7200, step=1800)
    await ada.log_in(ADA)
    assert (await ada.get("/seats"))["base"]["unsettled"] == 0
    assert await pending(journey) == []
    [settled] = journey.published("billing.settled.v1")
    assert settled.data.seats.base == 1
    sizes = [
        len((await journey.stripe.get("invoiceitems", invoice=invoice["id"], limit=100))["data"])
        for invoice in await journey.stripe.invoices(subscription_of(journey))
        if invoice["billing_reason"] == "manual"
    ]
    assert sizes == [1, 100], "the second one has the debit, and the first one a full page and more"
