"""While the agency owes an invoice, nothing is changed at Stripe: a reduction would credit time that was never paid."""

from typing import Any

import pytest

from tests.support.journey import Browser, Journey, text_of
from tests.support.money import (
    ADA,
    assert_all_agree,
    customer_of,
    preview,
    quote_seats,
    save_quote,
    set_card,
    signed_in_admin,
    subscription_of,
)

YEAR = 366 * 24 * 3600
FREE = "cem@harbor.example"


async def owing_agency(journey: Journey, base: int = 20) -> Browser:
    """An agency that pays once a year, and whose renewal the card has declined. Its admin is signed in."""
    ada = await signed_in_admin(journey, base=base, voice=0, cycle="annual", auto_add=True)
    await set_card(journey, "declining")
    await fail_the_renewal(journey)
    assert (await ada.log_in(ADA)).status_code == 201
    return ada


async def fail_the_renewal(journey: Journey) -> None:
    journey.clock.advance(YEAR)
    await journey.pass_time(4000, step=1000)
    renewal, *_ = await journey.stripe.invoices(subscription_of(journey))
    assert (renewal["status"], renewal["attempted"]) == ("open", True)
    await journey.publish_stripe_events(customer_of(journey), "invoice.payment_failed", object_id=renewal["id"])


async def credit(journey: Journey) -> int:
    """What Stripe holds for the customer, in cents."""
    customer = await journey.stripe.get(f"customers/{customer_of(journey)}")
    return -int(customer["balance"])


async def owed(journey: Journey) -> int:
    renewal, *_ = await journey.stripe.invoices(subscription_of(journey))
    return int(renewal["amount_remaining"])


async def attach(journey: Journey, card: str) -> str:
    """Attach a card to the customer, who is not charged by it; its id."""
    return str((await journey.stripe.post(f"payment_methods/{card}/attach", customer=customer_of(journey)))["id"])


async def page_of(journey: Journey, ada: Browser) -> str:
    response = await journey.during(ada.client.get("/admin/agency/billing"))
    assert response.status_code == 200
    return response.text


def assert_past_due(response: Any, amount: int) -> None:  # noqa: ANN401  httpx's response
    problem = response.json()
    assert (response.status_code, problem["code"]) == (402, "past_due"), response.text
    assert (problem["invoices"], problem["amount"], problem["currency"]) == (1, amount, "usd")
    assert problem["fix"] == "POST /api/v1/billing/retry"


async def test_no_change_credits_an_unpaid_year_and_the_answer_says_what_is_owed(journey: Journey) -> None:
    ada = await owing_agency(journey)
    amount = await owed(journey)
    assert (await ada.get("/seats"))["owed"] == {
        "invoices": 1,
        "amount": amount,
        "currency": "usd",
        "declineCode": "generic_decline",
    }
    reduction = await preview(ada, "/seats/quotes", {"base": 2, "voice": 0})
    assert_past_due(reduction, amount)
    assert_past_due(await preview(ada, "/billing/cycle-quotes", {"cycle": "monthly"}), amount)
    assert_past_due(await save_quote(ada, await quote_seats(ada, 21, 0)), amount)
    assert await credit(journey) == 0
    assert await journey.stripe.quantities(subscription_of(journey)) == (20, 0)
    assert f"The agency owes ${amount / 100:,.2f} for an unpaid invoice" in reduction.json()["detail"]
    assert f"Pay ${amount / 100:,.2f} now" in await page_of(journey, ada)


async def test_a_sent_invoice_that_is_overdue_is_owed_and_one_button_pays_it(journey: Journey) -> None:
    """Collection methods: Stripe tries no card for a sent invoice; an overdue one makes its subscription past due."""
    ada = await signed_in_admin(journey)
    form = {"collection_method": "send_invoice", "days_until_due": 7}
    await journey.stripe.post(f"subscriptions/{subscription_of(journey)}", **form)
    journey.clock.advance(40 * 24 * 3600)
    await journey.pass_time(4000, step=1000)
    renewal, *_ = await journey.stripe.invoices(subscription_of(journey))
    assert (renewal["status"], renewal["attempted"]) == ("open", False)
    amount = renewal["amount_remaining"]
    assert (await ada.log_in(ADA)).status_code == 201
    await journey.publish_stripe_events(customer_of(journey), "invoice.overdue", object_id=renewal["id"])
    await journey.pass_time(60, step=30)
    assert (await ada.get("/seats"))["owed"]["amount"] == amount
    quote = await quote_seats(ada, 3, 1)
    assert_past_due(await save_quote(ada, quote), amount)
    assert_past_due(await preview(ada, "/seats/quotes", {"base": 1, "voice": 1}), amount)
    due = f"${amount / 100:,.2f}"
    assert f"Pay {due} now" in await page_of(journey, ada)
    lines = [line["sentence"] for line in (await ada.get("/activity"))["items"]]
    overdue = f"Invoice {renewal['number']} of {due} is overdue: it was sent, and is not paid yet"
    assert overdue in lines
    [mail] = [mail for mail in journey.letterbox.to(ADA) if str(mail["Subject"]).startswith("Invoice overdue")]
    assert f"an invoice of {due}, and it is not paid although it is due." in text_of(mail)
    paid = await ada.post("/billing/retry", {})
    assert paid.status_code == 200, paid.text
    assert paid.json()["paid"]["amount"] == amount
    assert (await ada.get("/seats"))["owed"] is None


async def test_an_overdue_invoice_that_no_event_has_named_is_refused_with_its_amount(journey: Journey) -> None:
    ada = await signed_in_admin(journey)
    form = {"collection_method": "send_invoice", "days_until_due": 7}
    await journey.stripe.post(f"subscriptions/{subscription_of(journey)}", **form)
    journey.clock.advance(40 * 24 * 3600)
    await journey.pass_time(4000, step=1000)
    assert (await ada.log_in(ADA)).status_code == 201
    quote = await quote_seats(ada, 3, 1)
    renewal, *_ = await journey.stripe.invoices(subscription_of(journey))
    assert_past_due(await save_quote(ada, quote), renewal["amount_remaining"])


async def test_a_price_from_before_the_debt_is_not_charged_or_credited_either(journey: Journey) -> None:
    """Billing asks Stripe at the moment of the update: no event about the debt has arrived."""
    ada = await signed_in_admin(journey, base=20, voice=0, cycle="annual")
    quote = await quote_seats(ada, 2, 0)
    cycle = await preview(ada, "/billing/cycle-quotes", {"cycle": "monthly"})
    await set_card(journey, "declining")
    for base, bills in ((21, "always_invoice"), (20, "none")):
        edit = {"base": base, "voice": 0, "proration_behavior": bills}
        await journey.stripe.control(f"dashboard/subscriptions/{subscription_of(journey)}", **edit)
    assert await owed(journey) > 0
    response = await save_quote(ada, quote)
    assert response.status_code == 402, response.text
    switched = await ada.put("/billing/cycle", {"cycle": "monthly", "quoteId": cycle.json()["id"]})
    assert (response.json()["code"], switched.status_code) == ("past_due", 402)
    assert await journey.stripe.quantities(subscription_of(journey)) == (20, 0)
    assert await credit(journey) == 0


async def test_a_first_login_takes_a_free_seat_and_is_blocked_where_a_purchase_is_needed(journey: Journey) -> None:
    ada = await owing_agency(journey, base=2)
    free = await journey.browser().join(FREE)
    assert free.json()["member"]["status"] == "active"
    blocked = await journey.browser().join("nia@harbor.example")
    assert blocked.json()["member"]["blockedReason"] == "past_due"
    await set_card(journey, "good")
    response = await ada.post("/billing/retry", None)
    assert response.status_code == 200, response.text
    assert response.json()["paid"]["amount"] > 0
    assert response.json()["seats"]["owed"] is None
    await journey.pass_time(10, step=2)
    assert (await ada.row("nia@harbor.example"))["status"] == "active"


async def test_owes_and_declined_are_two_facts_and_neither_hides_the_other(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=1, voice=0, cycle="annual", auto_add=True)
    await set_card(journey, "declining")
    assert (await journey.browser().join(FREE)).json()["member"]["blockedReason"] == "payment_declined"
    await fail_the_renewal(journey)
    await ada.log_in(ADA)
    seats = await ada.get("/seats")
    assert (seats["autoAdd"]["paused"], seats["autoAdd"]["declined"]) == ("past_due", "payment_declined")
    assert seats["autoAdd"]["declineCode"] == "generic_decline"
    assert seats["owed"]["invoices"] == 1
    refused = await ada.post("/billing/retry", None)
    assert (refused.status_code, refused.json()["code"]) == (402, "payment_declined")
    after = await ada.get("/seats")
    assert (after["autoAdd"]["declined"], after["owed"]["declineCode"]) == ("payment_declined", "generic_decline")
    assert journey.published("seats.auto_add_resumed.v1") == []


async def test_a_changed_card_pays_what_is_owed_before_anybody_is_let_in(journey: Journey) -> None:
    ada = await owing_agency(journey, base=1)
    await journey.browser().join(FREE)
    await set_card(journey, "good")
    await journey.publish_stripe_events(customer_of(journey), "customer.updated")
    await journey.pass_time(20, step=2)
    _, renewal, _ = await journey.stripe.invoices(subscription_of(journey))
    assert (renewal["billing_reason"], renewal["status"]) == ("subscription_cycle", "paid")
    [recovered] = journey.published("billing.payment_recovered.v1")
    assert recovered.data.invoice.id == renewal["id"]
    assert (await ada.row(FREE))["status"] == "active"
    assert (await ada.get("/seats"))["owed"] is None


async def test_a_changed_card_that_is_declined_too_ends_nothing(journey: Journey) -> None:
    ada = await owing_agency(journey, base=1)
    await journey.browser().join(FREE)
    card = await attach(journey, "pm_card_chargeCustomerFail")
    await journey.stripe.post(f"customers/{customer_of(journey)}", **{"invoice_settings[default_payment_method]": card})
    await journey.publish_stripe_events(customer_of(journey), "customer.updated")
    await journey.pass_time(20, step=2)
    assert journey.published("billing.card_changed.v1")
    assert journey.published("billing.payment_recovered.v1") == []
    assert journey.published("seats.auto_add_resumed.v1") == []
    assert (await ada.row(FREE))["blockedReason"] == "past_due"
    assert "Auto-Add buys again" not in str(journey.letterbox.subjects(ADA))


async def test_a_card_that_is_attached_and_not_charged_changes_nothing(journey: Journey) -> None:
    ada = await owing_agency(journey, base=1)
    card = await attach(journey, "pm_card_visa")
    await journey.publish_stripe_events(customer_of(journey), "payment_method.attached", object_id=card)
    await journey.pass_time(20, step=2)
    assert journey.published("billing.card_changed.v1") == []
    assert (await ada.get("/seats"))["owed"]["invoices"] == 1


async def test_a_written_off_invoice_is_shown_stays_payable_and_pauses_nothing(journey: Journey) -> None:
    ada = await owing_agency(journey, base=1)
    await journey.browser().join(FREE)
    renewal, *_ = await journey.stripe.invoices(subscription_of(journey))
    await journey.stripe.post(f"invoices/{renewal['id']}/mark_uncollectible")
    await set_card(journey, "good")
    await journey.publish_stripe_events(customer_of(journey), "invoice.marked_uncollectible", object_id=renewal["id"])
    await journey.pass_time(20, step=2)
    assert (await ada.get("/seats"))["owed"] is None
    assert "Written off, still payable" in await page_of(journey, ada)
    assert (await ada.row(FREE))["status"] == "active"


async def pay_then_save(ada: Browser, base: int) -> Any:  # noqa: ANN401  httpx's response
    quote = await quote_seats(ada, base, 0)
    return await ada.put("/seats", {**quote["after"], "quoteId": quote["id"], "payOwed": True})


async def test_one_command_pays_what_is_owed_and_then_adds(journey: Journey) -> None:
    ada = await owing_agency(journey, base=2)
    blocked = [f"clinician{place}@harbor.example" for place in range(2)]
    for address in blocked:
        await journey.browser().join(address)
    await set_card(journey, "good")
    response = await pay_then_save(ada, 4)
    assert response.status_code == 200, response.text
    assert response.json()["seats"]["owed"] is None
    change, renewal, _ = await journey.stripe.invoices(subscription_of(journey))
    assert (renewal["billing_reason"], renewal["status"]) == ("subscription_cycle", "paid")
    assert response.json()["charged"]["amount"] == change["amount_paid"]
    await journey.pass_time(20, step=2)
    assert {(await ada.row(address))["status"] for address in blocked} == {"active"}
    await assert_all_agree(journey, ada)


async def test_a_card_that_does_not_pay_what_is_owed_adds_nothing(journey: Journey) -> None:
    ada = await owing_agency(journey, base=2)
    response = await pay_then_save(ada, 4)
    assert (response.status_code, response.json()["code"]) == (402, "payment_declined")
    assert await journey.stripe.quantities(subscription_of(journey)) == (2, 0)
    seats = await ada.get("/seats")
    assert (seats["base"]["incoming"], seats["owed"]["declineCode"]) == (0, "generic_decline")
    assert len(await journey.stripe.invoices(subscription_of(journey))) == 2


async def test_what_is_owed_and_paid_elsewhere_meanwhile_is_not_paid_again(journey: Journey) -> None:
    ada = await owing_agency(journey, base=2)
    renewal, *_ = await journey.stripe.invoices(subscription_of(journey))
    await set_card(journey, "good")
    await journey.stripe.post(f"invoices/{renewal['id']}/pay")
    response = await pay_then_save(ada, 4)
    assert response.status_code == 200, response.text
    _, renewal, _ = await journey.stripe.invoices(subscription_of(journey))
    assert renewal["amount_paid"] == renewal["total"]


async def test_the_page_has_one_button_that_pays_and_then_adds(journey: Journey) -> None:
    ada = await owing_agency(journey, base=2)
    amount = f"${await owed(journey) / 100:,.2f}"
    form = {"base": "3", "voice": "0"}
    shown = await journey.during(ada.client.post("/admin/agency/billing/preview", data=form))
    assert f"Pay {amount} owed, then save changes" in shown.text
    assert '<input type="hidden" name="pay_owed" value="yes">' in shown.text


async def test_mail_and_page_give_the_banks_reason_for_an_unpaid_renewal_in_the_same_words(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=2, voice=0, cycle="annual")
    await journey.stripe.control(f"customers/{customer_of(journey)}/card", kind="declining", code="insufficient_funds")
    await fail_the_renewal(journey)
    await ada.log_in(ADA)
    why = "There is not enough money or credit left on the card."
    [failed] = [mail for mail in journey.letterbox.to(ADA) if str(mail["Subject"]).startswith("Payment failed")]
    assert why in text_of(failed)
    assert why in await page_of(journey, ada)
    assert (await ada.get("/seats"))["owed"]["declineCode"] == "insufficient_funds"
    refused = await save_quote(ada, await quote_seats(ada, 3, 0))
    assert why in refused.json()["detail"]


@pytest.mark.parametrize("status", ["unpaid", "incomplete"])
async def test_a_change_that_stripe_would_never_charge_has_no_price(journey: Journey, status: str) -> None:
    """Subscription statuses: the invoices stay drafts. Until now there was a price, and only its save was refused."""
    ada = await signed_in_admin(journey)
    await journey.stripe.control(f"dashboard/subscriptions/{subscription_of(journey)}/status", status=status)
    for path, body in (
        ("/seats/quotes", {"base": 3, "voice": 1}),
        ("/seats/quotes", {"base": 1, "voice": 1}),
        ("/billing/cycle-quotes", {"cycle": "annual"}),
    ):
        refused = await preview(ada, path, body)
        assert (refused.status_code, refused.json()["code"]) == (402, "past_due"), refused.text
    shown = await journey.during(ada.client.post("/admin/agency/billing/preview", data={"base": "3", "voice": "1"}))
    assert "Save changes ·" not in shown.text
    assert "An earlier invoice is unpaid, so no seat can be bought. Pay it under Seats" in shown.text
    await journey.stripe.control(f"dashboard/subscriptions/{subscription_of(journey)}/status", status="active")
    await quote_seats(ada, 3, 1)
