"""Refunds, credit notes and disputes are in the activity log and in the invoices; a lost dispute pauses Auto-Add.

Source: Stripe's documentation, "Refund and cancel payments", "Credit notes", "How disputes work". A dispute names only
its charge, so its event reaches nobody by webhook: billing's list of events finds it.
"""

from typing import Any

from tests.journeys.test_awaited_payments import add_two, newest_invoice, on_account, page, stripe_event
from tests.support.journey import Browser, Journey, text_of
from tests.support.money import (
    ADA,
    DAY,
    customer_of,
    save_seats,
    set_card,
    signed_in_admin,
    subscription_of,
    usd,
)


async def first_invoice(journey: Journey) -> Any:  # noqa: ANN401  Stripe's JSON
    return (await journey.stripe.invoices(subscription_of(journey)))[-1]


async def charge_of(journey: Journey) -> str:
    invoice = await first_invoice(journey)
    expanded = await journey.stripe.get(f"invoices/{invoice['id']}", **{"expand[]": "payments"})
    intent = expanded["payments"]["data"][0]["payment"]["payment_intent"]
    return str((await journey.stripe.get(f"payment_intents/{intent}"))["latest_charge"])


async def money_lines(ada: Browser) -> list[str]:
    return [line["sentence"] for line in (await ada.get("/activity?kind=money"))["items"]]


async def test_a_refund_and_a_credit_note_are_logged_and_listed_once(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=2, voice=0)
    invoice = await first_invoice(journey)
    last = await journey.newest_stripe_event()
    await journey.stripe.post("refunds", charge=await charge_of(journey), amount=1000)
    last = await journey.deliver_stripe_events(last)
    name = f"invoice {invoice['number']} of $59.98"
    assert (await money_lines(ada))[0] == f"$10.00 of {name} was refunded at Stripe"
    await journey.stripe.post("credit_notes", invoice=invoice["id"], amount=500, credit_amount=500)
    await journey.deliver_stripe_events(last)
    await journey.deliver_stripe_events(last)
    assert (await money_lines(ada))[:2] == [
        f"A credit note over $5.00 was made at Stripe for {name}",
        f"$10.00 of {name} was refunded at Stripe",
    ]
    [listed] = (await ada.get("/billing/invoices"))["items"]
    assert (listed["state"], listed["refunded"], listed["credited"]) == ("paid", usd(1000), usd(500))
    sheet = (await ada.client.get("/api/v1/billing/invoices.csv")).text.splitlines()
    assert sheet[0].startswith("\ufeffnumber,date,total,amount_paid,refunded,credited,currency,state,dispute")
    assert ",59.98,59.98,10.00,5.00,usd,paid,," in sheet[1]
    logged = (await ada.client.get("/api/v1/activity.csv?kind=money")).text.splitlines()
    assert "total,discount,tax,from_balance,amount_paid,returned,currency" in logged[0]
    assert [line.split(",59.98,")[-1].split(",")[0] for line in logged[1:3]] == ["5.00", "10.00"]
    newest = (await ada.get("/activity?kind=money"))["items"][0]
    assert newest["returned"] == usd(500)
    page = (await ada.client.get("/admin/agency/billing")).text
    assert '<span class="badge paid">Paid</span>' in page
    assert "$10.00 refunded, $5.00 credited" in page


async def dispute(journey: Journey, **control: str) -> Any:  # noqa: ANN401  Stripe's JSON
    last = await journey.newest_stripe_event()
    made = await journey.stripe.control("dashboard/disputes", **control)
    await journey.deliver_stripe_events(last)
    return made


async def test_a_lost_dispute_pauses_auto_add_until_an_admin_tries_again(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=1, voice=0, auto_add=True)
    made = await dispute(journey, invoice=(await first_invoice(journey))["id"])
    assert "is disputed: the bank holds $31.00 until it decides" in (await money_lines(ada))[0]
    assert (await ada.get("/seats"))["autoAdd"]["paused"] is None, "the bank has not decided yet"
    await dispute(journey, dispute=made["id"], outcome="lost")
    assert "was lost, and $31.00 with it" in (await money_lines(ada))[0]
    assert (await ada.get("/seats"))["autoAdd"]["paused"] == "payment_disputed"
    page = (await ada.client.get("/admin/agency/billing")).text
    assert "A payment was disputed" in page
    assert '<span class="means">dispute lost</span>' in page
    [mail] = [mail for mail in journey.letterbox.to(ADA) if "disputed" in str(mail["Subject"])]
    assert mail["Subject"] == "A disputed payment of Harbor Clinic was returned: Auto-Add is paused"
    assert "\nReturned: $31.00\n" in text_of(mail)
    blocked = await journey.browser().join("bo@harbor.example", "base")
    assert blocked.json()["member"]["status"] == "blocked"
    await set_card(journey, "good")
    await journey.pass_time(60, step=10)
    assert (await ada.get("/seats"))["autoAdd"]["paused"] == "payment_disputed", "no card ends it"
    assert (await ada.post("/billing/retry", None)).status_code == 200
    await journey.pass_time(20, step=2)
    assert (await ada.get("/seats"))["autoAdd"]["paused"] is None
    assert (await ada.get("/members"))["counts"]["active"] == 2


async def test_a_lost_dispute_that_is_won_after_all_ends_the_pause(journey: Journey) -> None:
    # Until now the page said that the bank had returned the payment, after it had come back.
    ada = await signed_in_admin(journey, base=1, voice=0, auto_add=True)
    made = await dispute(journey, invoice=(await first_invoice(journey))["id"])
    await dispute(journey, dispute=made["id"], outcome="lost")
    blocked = await journey.browser().join("bo@harbor.example", "base")
    assert blocked.json()["member"]["status"] == "blocked"
    await dispute(journey, dispute=made["id"], outcome="won")
    await journey.pass_time(20, step=2)
    seats = await ada.get("/seats")
    assert (seats["autoAdd"]["paused"], seats["base"]["active"]) == (None, 2)
    assert any("was won: $31.00 came back" in line for line in await money_lines(ada))
    assert "A payment was disputed" not in (await ada.client.get("/admin/agency/billing")).text


async def test_of_two_lost_disputes_one_that_is_won_later_leaves_the_pause(journey: Journey) -> None:
    # Until now the first one that was won ended the pause, although the bank still kept the other payment.
    ada = await signed_in_admin(journey, base=1, voice=0, auto_add=True)
    await save_seats(ada, 2, 0)
    made = [
        await dispute(journey, invoice=invoice["id"])
        for invoice in await journey.stripe.invoices(subscription_of(journey))
    ]
    for lost in made:
        await dispute(journey, dispute=lost["id"], outcome="lost")
    await journey.advance(2 * DAY)
    await ada.log_in(ADA)
    await dispute(journey, dispute=made[0]["id"], outcome="won")
    assert (await ada.get("/seats"))["autoAdd"]["paused"] == "payment_disputed"
    await dispute(journey, dispute=made[1]["id"], outcome="won")
    assert (await ada.get("/seats"))["autoAdd"]["paused"] is None


async def test_a_won_dispute_pauses_nothing(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=1, voice=0, auto_add=True)
    made = await dispute(journey, invoice=(await first_invoice(journey))["id"])
    await dispute(journey, dispute=made["id"], outcome="won")
    assert "was won: $31.00 came back" in (await money_lines(ada))[0]
    assert (await ada.get("/seats"))["autoAdd"]["paused"] is None
    assert (await ada.get("/billing/invoices"))["items"][0]["dispute"] == "won"


async def test_what_a_credit_note_takes_off_a_sent_invoice_is_not_called_paid_from_the_balance(
    journey: Journey,
) -> None:
    """Of $59.98, $10.00 come from the balance, $20.00 are taken off before the payment, and $29.98 are paid."""
    ada = await on_account(journey)
    await journey.stripe.post(f"customers/{customer_of(journey)}", balance=-1000)
    waiting = await add_two(ada)
    assert waiting.json()["payment"]["amount"]["amount"] == 4998, "what is to be paid, after the balance"
    invoice = await newest_invoice(journey)
    await journey.stripe.post("credit_notes", invoice=invoice["id"], amount=2000)
    await stripe_event(journey, "invoice.updated")
    await journey.stripe.post(f"invoices/{invoice['id']}/pay")
    await stripe_event(journey, "invoice.paid")
    change = "Ada Park changed the seats: +2 Base seats"
    line = (await ada.get("/activity"))["items"][0]["sentence"]
    assert line == (
        f"{change} · $29.98 today and $10.00 from the balance, invoice {invoice['number']}"
        " · $20.00 taken off by a credit note · new total $179.95/mo"
    )
    operation = await ada.get(f"/operations/{waiting.json()['operation']['id']}")
    assert operation["result"]["invoice"]["fromBalance"] == usd(1000)
    paid = next(mail for mail in journey.letterbox.to(ADA) if str(mail["Subject"]).startswith("Paid"))
    assert "From your balance: $10.00" in text_of(paid)
    shown = await page(ada)
    assert f"{change} Paid $20.00 credited $59.98" in shown, "the invoice is for the change, not for the credit note"
