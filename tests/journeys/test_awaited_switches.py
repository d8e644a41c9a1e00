"""A switch of the billing cycle waits for the payment of its invoice, or is undone: page, log and mails agree."""

from typing import Any

import httpx
import pytest

from tests.journeys.test_awaited_payments import (
    newest_invoice,
    on_account,
    page,
    stripe_event,
    with_a_card_to_confirm,
)
from tests.journeys.test_cycle import HALF_OF_MARCH, YEAR, quote_cycle, switch
from tests.support.journey import Browser, Journey, text_of
from tests.support.money import ADA, assert_all_agree, quote_seats, save_quote, set_card, subscription_of, usd

UNDONE = "Nothing else has changed, and nothing is owed for it. Save it again if you still want it."
SWITCH = "Monthly to annual billing"


async def operation_of(ada: Browser, response: httpx.Response) -> dict[str, Any]:
    operation: dict[str, Any] = await ada.get(f"/operations/{response.json()['operation']['id']}")
    return operation


async def sentences(ada: Browser) -> list[str]:
    return [line["sentence"] for line in (await ada.get("/activity"))["items"]]


async def test_a_switch_is_confirmed_one_click_away(journey: Journey) -> None:
    ada = await with_a_card_to_confirm(journey)
    response = await switch(ada, await quote_cycle(ada, "annual"))
    assert response.status_code == 202, response.text
    payment, invoice = response.json()["payment"], await newest_invoice(journey)
    due = f"${invoice['total'] / 100:,.2f}"
    assert (payment["confirm"], payment["cycle"], payment["amount"]) == (True, "annual", usd(invoice["total"]))
    assert payment["url"] == invoice["hosted_invoice_url"]
    billing = await ada.get("/billing")
    assert (billing["cycle"], billing["total"]) == ("monthly", usd(11997)), "it is not done before it is paid"
    shown = await page(ada)
    assert (
        f"Confirm the payment {SWITCH}: the bank wants the card's owner to confirm the payment of {due}."
        " The switch takes effect as soon as it is confirmed. Without it the change is given up at " in shown
    )
    assert journey.published("billing.cycle_switched.v1") == []
    await journey.stripe.confirm(payment["url"])
    await stripe_event(journey, "customer.subscription.pending_update_applied")
    done = await operation_of(ada, response)
    assert (done["state"], done["result"]["charged"], done["result"]["cycle"]) == (
        "done",
        usd(invoice["total"]),
        "annual",
    )
    billing = await ada.get("/billing")
    assert (billing["cycle"], billing["total"]) == ("annual", usd(YEAR))
    assert (await ada.get("/seats"))["payment"] is None
    await assert_all_agree(journey, ada)
    lines = await sentences(ada)
    assert (
        f"Ada Park switched from monthly to annual billing · {due} today, invoice {invoice['number']}"
        " · new total $1,295.67/yr" in lines
    )
    assert (
        f"Ada Park switched from monthly to annual billing · waits for the payment of {due}, because the bank wants the"
        " payment confirmed" in lines
    )
    assert not [line for line in lines if "in Stripe's dashboard" in line], "it is nobody else's change"
    subjects = journey.letterbox.subjects(ADA)
    assert f"Confirm a payment of {due}: monthly to annual billing" in subjects
    assert subjects[-1] == "Paid: monthly to annual billing"
    assert "Harbor Clinic is on annual billing now." in text_of(journey.letterbox.to(ADA)[-1])


async def test_a_switch_that_is_not_confirmed_in_time_is_undone_and_reported(journey: Journey) -> None:
    ada = await with_a_card_to_confirm(journey)
    response = await switch(ada, await quote_cycle(ada, "annual"))
    await journey.advance(23 * 3600 + 61)
    await journey.pass_time(60, step=30)
    await ada.log_in(ADA)
    assert (await newest_invoice(journey))["status"] == "void"
    operation = await operation_of(ada, response)
    assert (operation["state"], operation["problem"]["code"]) == ("refused", "change_undone")
    assert operation["problem"]["detail"] == (
        f"The change is undone, because the payment was not confirmed in time. {UNDONE}"
    )
    assert (await ada.get("/billing"))["cycle"] == "monthly"
    undone = "The switch from monthly to annual billing was undone: the payment was not confirmed in time"
    assert [line for line in await sentences(ada) if line.startswith(f"{undone} · nothing of $")]
    mail = next(mail for mail in journey.letterbox.to(ADA) if str(mail["Subject"]).startswith("Billing cycle not"))
    assert mail["Subject"] == "Billing cycle not switched: monthly to annual billing was undone"
    assert "The billing cycle is as before, and nothing of the $" in text_of(mail)
    await set_card(journey, "good")
    assert (await switch(ada, await quote_cycle(ada, "annual"))).status_code == 200


async def test_a_first_login_during_an_awaited_switch_is_told_what_waits_and_goes_on_after_it(journey: Journey) -> None:
    ada = await on_account(journey)
    await ada.auto_add(True)
    assert (await switch(ada, await quote_cycle(ada, "annual"))).status_code == 202
    for count, name in enumerate(("nia", "noa"), start=1):
        person = journey.browser()
        with journey.impatient():
            joining = journey.later(person.join(f"{name}@harbor.example", "base"))
            await journey.until_published("members.first_login.v1", count)
        await journey.pass_time(20, step=5)
    await journey.pass_time(15 * 60, step=60)
    await journey.during(joining)
    assert journey.published("seats.purchase_delayed.v1") == [], "Stripe has answered"
    assert not [words for words in journey.letterbox.subjects(ADA) if "Stripe does not answer" in words]
    shown = (await person.client.get("/welcome")).text
    assert "A change of its plan waits for a payment, and your seat comes after that" in shown
    assert "Waiting for your agency&#39;s payment …" in shown
    canceled = await ada.post("/billing/cancel-change", {})
    assert canceled.status_code == 200, canceled.text
    await journey.pass_time(180, step=30)
    shown = (await person.client.get("/welcome")).text
    assert "waits for a payment" not in shown


async def test_a_canceled_switch_leaves_the_cycle_as_it_was(journey: Journey) -> None:
    ada = await on_account(journey)
    response = await switch(ada, await quote_cycle(ada, "annual"))
    assert response.status_code == 202, response.text
    due = f"${(await newest_invoice(journey))['total'] / 100:,.2f}"
    canceled = await ada.post("/billing/cancel-change", {})
    assert (canceled.status_code, canceled.json()["cycle"]) == (200, "annual")
    operation = await operation_of(ada, response)
    assert (operation["state"], operation["problem"]["code"]) == ("refused", "change_undone")
    billing = await ada.get("/billing")
    assert (billing["cycle"], billing["total"]) == ("monthly", usd(11997))
    canceled_line = "Ada Park canceled the switch from monthly to annual billing"
    assert f"{canceled_line} · nothing of {due} is owed" in await sentences(ada)


async def test_on_account_a_switch_takes_effect_when_its_invoice_is_paid(journey: Journey) -> None:
    ada = await on_account(journey)
    quote = await quote_cycle(ada, "annual")
    assert quote["sentence"].endswith(
        "The switch takes effect when the invoice is paid. Until then no other change can be saved."
        f" It may differ by up to ${quote['mayDiffer']['amount'] / 100:.2f}: Stripe counts to the second of the switch."
    )
    response = await switch(ada, quote)
    assert response.status_code == 202, response.text
    invoice = await newest_invoice(journey)
    due = f"${invoice['total'] / 100:,.2f}"
    assert (invoice["status"], response.json()["payment"]["confirm"]) == ("open", False)
    await stripe_event(journey, "customer.subscription.updated")
    billing = await ada.get("/billing")
    assert (billing["cycle"], billing["total"]) == ("monthly", usd(11997))
    assert (
        f"{SWITCH}: your subscription is on account, so Stripe has made invoice {invoice['number']} of {due}."
        " The switch takes effect as soon as it is paid. It is due at " in await page(ada)
    )
    assert (await ada.post("/seats/quotes", {"base": 5, "voice": 1})).json()["code"] == "payment_pending"
    await journey.stripe.post(f"invoices/{invoice['id']}/pay", paid_out_of_band="true")
    await stripe_event(journey, "invoice.paid")
    done = await operation_of(ada, response)
    assert (done["state"], done["result"]["newTotal"]) == ("done", usd(YEAR))
    assert (await ada.get("/billing"))["cycle"] == "annual"
    await assert_all_agree(journey, ada)
    assert f"{due} to pay: monthly to annual billing" in journey.letterbox.subjects(ADA)
    assert journey.letterbox.subjects(ADA)[-1] == "Paid: monthly to annual billing"
    assert not [line for line in await sentences(ada) if "in Stripe's dashboard" in line]


@pytest.mark.parametrize(
    ("later", "why"),
    [("void", "its invoice was voided at Stripe"), ("mark_uncollectible", "its invoice was written off at Stripe")],
)
async def test_on_account_a_switch_that_is_not_paid_goes_back_to_the_paid_month(
    journey: Journey, later: str, why: str
) -> None:
    ada = await on_account(journey)
    paid_until = (await ada.get("/billing"))["renewsAt"]
    journey.clock.advance(HALF_OF_MARCH)
    await ada.log_in(ADA)
    response = await switch(ada, await quote_cycle(ada, "annual"))
    invoice = await newest_invoice(journey)
    await journey.stripe.post(f"invoices/{invoice['id']}/{later}")
    await stripe_event(journey, "invoice.updated")
    operation = await operation_of(ada, response)
    assert operation["problem"]["detail"].startswith(f"The change is undone, because {why}")
    held = await journey.stripe.get(f"subscriptions/{subscription_of(journey)}")
    assert {item["price"]["recurring"]["interval"] for item in held["items"]["data"]} == {"month"}
    billing = await ada.get("/billing")
    assert (billing["cycle"], billing["total"], billing["balance"]) == ("monthly", usd(11997), usd(0))
    assert billing["renewsAt"] == paid_until, "the month that was paid goes on to its end"
    assert not [line for line in await sentences(ada) if "in Stripe's dashboard" in line]
    invoices = await journey.stripe.invoices(subscription_of(journey))
    assert [one["status"] for one in invoices] == ["void", "paid"], "nothing is billed for the way back"
    await journey.advance(17 * 24 * 3600)
    renewal = await newest_invoice(journey)
    assert (renewal["billing_reason"], renewal["total"]) == ("subscription_cycle", 11997)


async def test_seats_after_an_undone_switch_are_paid_from_their_renewal(journey: Journey) -> None:
    ada = await on_account(journey)
    await switch(ada, await quote_cycle(ada, "annual"))
    await journey.stripe.post(f"invoices/{(await newest_invoice(journey))['id']}/void")
    await stripe_event(journey, "invoice.voided")
    quote = await quote_seats(ada, 3, 1)
    assert (quote["dueNow"], quote["newTotal"]) == (usd(0), usd(14996))
    assert (await save_quote(ada, quote)).status_code == 200
