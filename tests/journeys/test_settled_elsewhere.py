"""What happens to a settling invoice at Stripe: paid out of band, refunded, credited, disputed. The seats stay settled.

Source: Stripe's API reference, "Pay an invoice" (`paid_out_of_band`); Stripe's documentation, "Refund and cancel
payments", "Credit notes", and "How disputes work".
"""

from tests.journeys.test_awaited_payments import add_two, newest_invoice, stripe_event, with_a_card_to_confirm
from tests.journeys.test_budget import over_the_budget
from tests.journeys.test_reversals import dispute, money_lines
from tests.support.journey import Browser, Journey
from tests.support.money import ADA, DAY, purchased_seats, set_card, subscription_of, usd


async def settling(journey: Journey) -> dict[str, object]:
    made = await journey.stripe.invoices(subscription_of(journey))
    [invoice] = [invoice for invoice in made if invoice["billing_reason"] == "manual"]
    return dict(invoice)


async def assert_settled_once(journey: Journey, ada: Browser) -> None:
    seats = await ada.get("/seats")
    assert (seats["base"]["unsettled"], seats["base"]["active"]) == (0, 4)
    [settled] = journey.published("billing.settled.v1")
    assert settled.data.seats.base == 3
    assert not journey.published("billing.prorations_lost.v1")


async def test_a_settlement_that_was_declined_and_is_paid_out_of_band_is_settled_and_the_pause_ends(
    journey: Journey,
) -> None:
    ada = await over_the_budget(journey)
    await set_card(journey, "declining")
    await journey.pass_time(DAY + 3600, step=1800)
    await ada.log_in(ADA)
    assert (await ada.get("/seats"))["autoAdd"]["paused"] == "past_due"
    invoice = await settling(journey)
    await journey.stripe.post(f"invoices/{invoice['id']}/pay", paid_out_of_band="true")
    await stripe_event(journey, "invoice.paid")
    await journey.pass_time(60, step=10)
    await assert_settled_once(journey, ada)
    seats = await ada.get("/seats")
    assert (seats["autoAdd"]["paused"], seats["owed"]) == (None, None)
    [recovered] = journey.published("billing.payment_recovered.v1")
    assert recovered.data.invoice.id == invoice["id"]
    await journey.pass_time(2 * DAY, step=DAY / 2)
    await ada.log_in(ADA)
    await assert_settled_once(journey, ada)


async def test_a_refund_a_credit_note_and_a_lost_dispute_of_a_settling_invoice_unsettle_no_seat(
    journey: Journey,
) -> None:
    ada = await over_the_budget(journey)
    await journey.pass_time(DAY + 3600, step=1800)
    await ada.log_in(ADA)
    invoice = await settling(journey)
    expanded = await journey.stripe.get(f"invoices/{invoice['id']}", **{"expand[]": "payments"})
    intent = expanded["payments"]["data"][0]["payment"]["payment_intent"]
    last = await journey.newest_stripe_event()
    await journey.stripe.post("refunds", payment_intent=intent, amount=300)
    await journey.stripe.post("credit_notes", invoice=str(invoice["id"]), amount=200, credit_amount=200)
    await journey.deliver_stripe_events(last)
    lines = await money_lines(ada)
    assert any(line.startswith(f"$3.00 of invoice {invoice['number']}") for line in lines)
    assert any("A credit note over $2.00" in line and str(invoice["number"]) in line for line in lines)
    listed = next(row for row in (await ada.get("/billing/invoices"))["items"] if row["number"] == invoice["number"])
    assert (listed["state"], listed["refunded"], listed["credited"]) == ("paid", usd(300), usd(200))
    await assert_settled_once(journey, ada)
    made = await dispute(journey, invoice=str(invoice["id"]))
    await dispute(journey, dispute=made["id"], outcome="lost")
    assert (await ada.get("/seats"))["autoAdd"]["paused"] == "payment_disputed"
    await journey.pass_time(2 * DAY, step=DAY / 2)
    await ada.log_in(ADA)
    await assert_settled_once(journey, ada)


async def test_a_change_that_waits_for_a_confirmation_and_is_paid_out_of_band_is_made(journey: Journey) -> None:
    ada = await with_a_card_to_confirm(journey)
    waiting = await add_two(ada)
    assert waiting.status_code == 202
    invoice = await newest_invoice(journey)
    await journey.stripe.post(f"invoices/{invoice['id']}/pay", paid_out_of_band="true")
    await stripe_event(journey, "invoice.paid")
    assert (await purchased_seats(ada)).base == 4
    operation = await ada.get(f"/operations/{waiting.json()['operation']['id']}")
    assert (operation["state"], operation["result"]["invoice"]["id"]) == ("done", invoice["id"])
