"""Stripe's limit of twenty invoices a day: Auto-Add uses fifteen; later seats stay unsettled until the next day."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.journey import OPERATOR_ADDRESS, Browser, Journey, text_of
from tests.support.money import (
    ADA,
    DAY,
    assert_all_agree,
    customer_of,
    preview,
    quote_seats,
    save_quote,
    save_seats,
    set_card,
    signed_in_admin,
    subscription_of,
    usd,
)

CROWD = 60
EVERY = 20 * 60
"""Seconds between two first logins: sixty in twenty hours, each a purchase of its own."""


def most_in_a_day(invoices: list[dict[str, Any]]) -> int:
    """Return the largest number of invoices within any 24 hours."""
    made = [datetime.fromtimestamp(invoice["created"], UTC) for invoice in invoices]
    return max(sum(timedelta() <= other - moment < timedelta(days=1) for other in made) for moment in made)


async def invoices_used(journey: Journey, ada: Browser, count: int) -> None:
    """Make invoices until this day has `count`, the opening invoice included."""
    for place in range(count - 1):
        await save_seats(ada, 1, 2 - place % 2)
        journey.clock.advance(10)
    assert (await ada.get("/billing"))["invoicesToday"] == count


async def test_sixty_auto_adds_in_a_day_make_all_active_at_once_with_at_most_twenty_invoices(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=1, voice=0, auto_add=True)
    for place in range(CROWD):
        response = await journey.browser().join(f"clinician{place}@harbor.example", "base")
        assert response.json()["member"]["status"] == "active", response.text
        await journey.advance(EVERY)
    added = [event.data for event in journey.published("seats.seats_auto_added.v1")]
    assert [purchase.unsettled for purchase in added] == [False] * 14 + [True] * 46
    assert {purchase.charged for purchase in added if purchase.unsettled} == {0}
    seats = (await ada.get("/seats"))["base"]
    assert (seats["purchased"], seats["active"], seats["unsettled"]) == (61, 61, 46)
    invoices = await assert_all_agree(journey, ada)
    assert len(invoices) == 15
    assert "charged with the next invoice" in journey.letterbox.subjects(ADA)[-1]

    await journey.pass_time(DAY, step=EVERY)
    await ada.log_in(ADA)
    assert (await ada.get("/seats"))["base"]["unsettled"] == 0
    settled = [event.data for event in journey.published("billing.settled.v1")]
    assert sum(settlement.seats.base for settlement in settled) == 46
    assert len(settled) == 1, "one invoice settles all of them"
    invoices = await assert_all_agree(journey, ada)
    assert most_in_a_day(invoices) <= 20
    assert sum(charge.charged for charge in (*added, *settled)) + 3100 == sum(
        invoice["amount_paid"] for invoice in invoices
    )
    [mail] = [mail for mail in journey.letterbox.to(ADA) if "for 46 Base seats added before" in str(mail["Subject"])]
    assert f"Charged today (prorated): ${settled[0].charged / 100:,.2f}" in text_of(mail)


async def over_the_budget(journey: Journey) -> Browser:
    """Use fifteen invoices, and let three more clinicians in, each in an unsettled seat.

    The earlier changes leave a balance that pays for less than three seats.
    """
    ada = await signed_in_admin(journey, base=1, voice=1, auto_add=True)
    await invoices_used(journey, ada, 15)
    for place in range(3):
        response = await journey.browser().join(f"clinician{place}@harbor.example", "base")
        assert response.json()["member"]["status"] == "active", response.text
        await journey.advance(60)
    assert (await ada.get("/seats"))["base"]["unsettled"] == 3
    return ada


async def test_a_declined_settlement_pauses_auto_add_suspends_nobody_and_is_paid_with_the_next_card(
    journey: Journey,
) -> None:
    ada = await over_the_budget(journey)
    await set_card(journey, "declining")
    await journey.pass_time(DAY + 3600, step=1800)
    seats = await ada.get("/seats")
    assert (seats["autoAdd"]["paused"], seats["base"]["active"]) == ("past_due", 4)
    assert (await ada.get("/billing"))["paymentState"] == "past_due"
    [failed] = journey.published("billing.payment_failed.v1")
    assert failed.data.settling
    assert [subject for subject in journey.letterbox.subjects(ADA) if subject.startswith("Payment failed: $")]
    late = await journey.browser().join("late@harbor.example", "base")
    assert late.json()["member"]["blockedReason"] == "past_due"
    await set_card(journey, "good")
    await journey.publish_stripe_events(customer_of(journey), "customer.updated")
    await journey.pass_time(DAY + 7200, step=1800)
    seats = await ada.get("/seats")
    assert (seats["autoAdd"]["paused"], seats["base"]["unsettled"], seats["base"]["active"]) == (None, 0, 5)
    assert (await ada.get("/billing"))["paymentState"] == "ok"


async def test_an_admins_change_also_charges_the_unsettled_seats_and_the_preview_says_so(journey: Journey) -> None:
    ada = await over_the_budget(journey)
    quote = await quote_seats(ada, 4, 4)
    waiting = sum(line["amount"]["amount"] for line in quote["pendingLines"])
    assert waiting > 0
    assert f"That includes ${waiting / 100:.2f} for seats added earlier that had no invoice yet." in quote["sentence"]
    own = sum(line["amount"]["amount"] for line in quote["lines"])
    assert quote["dueNow"]["amount"] + quote["fromBalance"]["amount"] == own + waiting
    done = (await save_quote(ada, quote)).json()
    assert done["charged"] == quote["dueNow"]
    await journey.drain()
    assert (await ada.get("/seats"))["base"]["unsettled"] == 0
    await journey.pass_time(DAY + 3600, step=3600)
    assert sum(event.data.seats.base for event in journey.published("billing.settled.v1")) == 3
    assert len(await journey.stripe.invoices(subscription_of(journey))) == 16


async def test_at_the_invoice_limit_the_rejection_says_when_invoices_are_possible_again(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=1, voice=1)
    await invoices_used(journey, ada, 20)
    response = await save_quote(ada, await quote_seats(ada, 1, 3))
    assert (response.status_code, response.json()["code"]) == (409, "invoice_limit")
    at = datetime.fromisoformat(response.json()["availableAt"])
    opening = datetime.fromtimestamp(
        (await journey.stripe.invoices(journey.published("billing.account_opened.v1")[0].data.subscription_id))[-1][
            "created"
        ],
        UTC,
    )
    assert at == opening + timedelta(days=1)
    assert f"until {at:%H:%M} UTC on {at.day} {at:%B}. Try again then." in response.json()["detail"]
    await journey.pass_time((at - journey.clock()).total_seconds() + 60, step=3600)
    again = await save_quote(ada, await quote_seats(ada, 1, 3))
    assert again.status_code == 200, again.text
    assert most_in_a_day(await assert_all_agree(journey, ada)) <= 20
    assert (await preview(ada, "/seats/quotes", {"base": 1, "voice": 4})).json()["delta"] == usd(5299)


async def test_what_a_canceled_subscription_never_charges_is_reported_and_claimed_by_no_later_invoice(
    journey: Journey,
) -> None:
    ada = await over_the_budget(journey)
    await journey.stripe.control(f"dashboard/subscriptions/{subscription_of(journey)}", cancel=True)
    await journey.publish_stripe_events(customer_of(journey), "customer.subscription.deleted")
    await journey.pass_time(60, step=30)
    assert (await ada.get("/seats"))["base"]["unsettled"] == 0
    [lost] = journey.published("billing.prorations_lost.v1")
    assert (lost.data.seats.base, len(lost.data.operation_ids), lost.data.invoice) == (3, 3, None)
    amount = f"${lost.data.amount / 100:.2f}"
    sentences = [line["sentence"] for line in (await ada.get("/activity"))["items"]]
    assert f"{amount} for 3 Base seats added earlier will never be charged: the subscription has ended" in sentences, (
        sentences
    )
    [mail] = [mail for mail in journey.letterbox.to(OPERATOR_ADDRESS) if "never charged" in str(mail["Subject"])]
    assert f"so {amount} will never be charged." in text_of(mail)
    await journey.stripe.subscribe(customer_of(journey), base=6, voice=2)
    await journey.publish_stripe_events(customer_of(journey), "customer.subscription.created")
    await journey.pass_time(DAY, step=3600)
    assert journey.published("billing.settled.v1") == []


async def test_a_subscription_that_is_canceled_right_after_an_unsettled_purchase_gives_no_seat(
    journey: Journey,
) -> None:
    # Until now the seat was given and called paid, although Stripe had dropped what was to be charged for it.
    ada = await signed_in_admin(journey, base=1, voice=1, auto_add=True)
    await invoices_used(journey, ada, 15)
    await journey.stripe.fault("drop_answer", path="/v1/subscriptions/*")
    member = (await journey.browser().join("bo@harbor.example", "base")).json()["member"]
    assert member["status"] != "active", "the answer to the purchase is lost"
    await journey.stripe.control(f"dashboard/subscriptions/{subscription_of(journey)}", cancel=True)
    await journey.pass_time(60, step=5)
    seats = await ada.get("/seats")
    assert (seats["base"]["active"], seats["frozen"]) == (1, "subscription_canceled")
    assert (await ada.row("bo@harbor.example"))["status"] == "blocked"
    assert journey.published("seats.seats_auto_added.v1") == []
