"""A bank debit is under way for days: a change waits for it, and page, log and mail say so.

Source: Stripe's documentation, "ACH Direct Debit": a payment is `processing` for up to four business days. Our own
subscriptions take cards alone, but somebody may allow another method at Stripe.
"""

import httpx

from contracts.vocabulary import Quantities
from tests.journeys.test_awaited_payments import add_two, newest_invoice, page, stripe_event
from tests.support.journey import Browser, Journey, text_of
from tests.support.money import (
    ADA,
    DAY,
    assert_all_agree,
    customer_of,
    purchased_seats,
    quote_seats,
    save_quote,
    signed_in_admin,
    subscription_of,
    usd,
)

WAITS = (
    "Ada Park changed the seats: +2 Base seats · waits for the payment of $59.98, because a bank debit takes a few days"
)


async def paying_by_debit(journey: Journey, kind: str) -> tuple[Browser, httpx.Response]:
    """An agency that pays by bank debit; its admin's browser, and the answer to a save of two more seats."""
    ada = await signed_in_admin(journey)
    await journey.stripe.control(f"customers/{customer_of(journey)}/card", kind=kind)
    methods = {"payment_settings[payment_method_types][0]": "us_bank_account"}
    await journey.stripe.post(f"subscriptions/{subscription_of(journey)}", **methods)
    return ada, await add_two(ada)


async def sentences(ada: Browser) -> list[str]:
    return [line["sentence"] for line in (await ada.get("/activity"))["items"]]


async def test_seats_come_when_the_bank_has_paid_and_nobody_is_told_of_an_account(journey: Journey) -> None:
    ada, response = await paying_by_debit(journey, "bank_debit")
    assert response.status_code == 202, response.text
    payment, invoice = response.json()["payment"], await newest_invoice(journey)
    assert (payment["processing"], payment["confirm"], payment["until"]) == (True, False, None)
    assert payment["sentence"] == (
        f"+2 Base seats: the bank is paying invoice {invoice['number']} of $59.98, which can take a few days."
        " The seats come as soon as it is paid."
    )
    shown = await page(ada)
    assert payment["sentence"] in shown
    assert "Renewal of the plan" not in shown, "the invoice is the change's"
    assert WAITS in await sentences(ada)
    [mail] = [mail for mail in journey.letterbox.to(ADA) if "59.98" in str(mail["Subject"])]
    assert mail["Subject"] == "$59.98 is being paid: +2 Base seats"
    assert "the bank is paying an invoice of $59.98, which can take a few days." in text_of(mail)
    assert not any("on account" in text_of(mail) for mail in journey.letterbox.to(ADA))
    await journey.advance(5 * DAY)
    await stripe_event(journey, "invoice.paid")
    await ada.log_in(ADA)
    assert await purchased_seats(ada) == Quantities(4, 1)
    await assert_all_agree(journey, ada)
    done = await ada.get(f"/operations/{response.json()['operation']['id']}")
    assert (done["state"], done["result"]["charged"]) == ("done", usd(5998))


async def test_a_debit_that_fails_after_days_undoes_the_change_and_says_why(journey: Journey) -> None:
    # Until now nobody was told: the change waited on, and nothing else could be saved.
    ada, response = await paying_by_debit(journey, "bank_debit_failing")
    await journey.advance(5 * DAY)
    await stripe_event(journey, "invoice.payment_failed")
    await ada.log_in(ADA)
    assert await purchased_seats(ada) == Quantities(2, 1)
    assert await journey.stripe.quantities(subscription_of(journey)) == (2, 1)
    assert (await newest_invoice(journey))["status"] == "void"
    why = "the bank did not pay its invoice"
    operation = await ada.get(f"/operations/{response.json()['operation']['id']}")
    assert operation["problem"]["detail"].startswith(f"The change is undone, because {why}.")
    undone = f"The change +2 Base seats was undone: {why} · nothing of $59.98 is owed"
    assert undone in await sentences(ada)
    [mail] = [mail for mail in journey.letterbox.to(ADA) if str(mail["Subject"]).startswith("Seats not added")]
    assert f"was undone, because {why}." in text_of(mail)
    seats = await ada.get("/seats")
    assert (seats["payment"], seats["owed"]) == (None, None)


async def test_a_renewal_that_the_bank_is_paying_is_no_failed_payment(journey: Journey) -> None:
    # Until now each renewal by debit was mailed as failed and declined, and paused Auto-Add until the bank had paid.
    ada = await signed_in_admin(journey)
    await journey.stripe.control(f"customers/{customer_of(journey)}/card", kind="bank_debit")
    methods = {"payment_settings[payment_method_types][0]": "us_bank_account"}
    await journey.stripe.post(f"subscriptions/{subscription_of(journey)}", **methods)
    await journey.advance(31 * DAY + 4000)
    renewal = await newest_invoice(journey)
    assert (renewal["billing_reason"], renewal["status"], renewal["attempted"]) == ("subscription_cycle", "open", True)
    await stripe_event(journey, "invoice.updated")
    await journey.publish_stripe_events(customer_of(journey), "customer.subscription.updated")
    await ada.log_in(ADA)
    seats = await ada.get("/seats")
    assert (seats["owed"], seats["autoAdd"]["paused"]) == (None, None)
    assert not any("could not be paid" in line for line in await sentences(ada))
    assert not any("Payment failed" in subject for subject in journey.letterbox.subjects(ADA))


async def with_a_renewal_being_paid(journey: Journey) -> Browser:
    ada = await signed_in_admin(journey)
    await journey.stripe.control(f"customers/{customer_of(journey)}/card", kind="bank_debit")
    methods = {"payment_settings[payment_method_types][0]": "us_bank_account"}
    await journey.stripe.post(f"subscriptions/{subscription_of(journey)}", **methods)
    await journey.advance(31 * DAY + 4000)
    await stripe_event(journey, "invoice.updated")
    await ada.log_in(ADA)
    return ada


async def test_while_the_bank_pays_a_renewal_seats_can_be_added_and_come_when_they_are_paid(journey: Journey) -> None:
    # Until now the answer was `past_due`, although nobody had declined anything.
    ada = await with_a_renewal_being_paid(journey)
    added = await add_two(ada)
    assert added.status_code == 202, added.text
    assert added.json()["payment"]["processing"] is True
    assert await purchased_seats(ada) == Quantities(2, 1), "no seat is given on an invoice that is not paid"
    await journey.advance(5 * DAY)
    await stripe_event(journey, "invoice.paid")
    await ada.log_in(ADA)
    assert await purchased_seats(ada) == Quantities(4, 1)


async def test_while_the_bank_pays_a_renewal_nothing_of_it_is_credited(journey: Journey) -> None:
    """A reduction would be a real credit for a month that the bank may still refuse to pay."""
    ada = await with_a_renewal_being_paid(journey)
    answers = [
        await ada.post("/seats/quotes", {"base": 1, "voice": 1}),
        await ada.post("/billing/cycle-quotes", {"cycle": "annual"}),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (409, "payment_pending"), answer.text
        assert answer.json()["detail"] == (
            "The bank is still paying an invoice of $119.97, which can take a few days. Until it is paid, seats can be"
            " added, but none can be taken away, and the billing cycle cannot be switched. Nothing has changed."
        )
    customer = await journey.stripe.get(f"customers/{customer_of(journey)}")
    assert customer["balance"] == 0
    await journey.advance(5 * DAY)
    await stripe_event(journey, "invoice.paid")
    await ada.log_in(ADA)
    assert (await save_quote(ada, await quote_seats(ada, 1, 1))).status_code == 200


async def test_a_price_from_before_a_renewal_that_the_bank_is_paying_credits_nothing_either(journey: Journey) -> None:
    ada = await signed_in_admin(journey)
    await journey.stripe.control(f"customers/{customer_of(journey)}/card", kind="bank_debit")
    methods = {"payment_settings[payment_method_types][0]": "us_bank_account"}
    await journey.stripe.post(f"subscriptions/{subscription_of(journey)}", **methods)
    quote = await quote_seats(ada, 1, 1)
    held = {"customer": customer_of(journey), "subscription": subscription_of(journey)}
    await journey.stripe.post("invoiceitems", **held, currency="usd", amount=5000)
    made = await journey.stripe.post("invoices", **held, auto_advance="false")
    await journey.stripe.post(f"invoices/{made['id']}/finalize", auto_advance="false")
    await journey.stripe.post(f"invoices/{made['id']}/pay")
    refused = await save_quote(ada, quote)
    assert (refused.status_code, refused.json()["code"]) == (409, "payment_pending"), refused.text
    assert await journey.stripe.quantities(subscription_of(journey)) == (2, 1)
