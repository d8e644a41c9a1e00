"""Stripe accepts no change: the wait ends at once, and the person, the admins and the operator read why."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.journeys.test_awaited_payments import add_two, newest_invoice, on_account, stripe_event
from tests.support.journey import OPERATOR_ADDRESS, Journey, text_of
from tests.support.money import ADA, customer_of, purchased_seats, signed_in_admin, subscription_of

BO, CEM = "bo@harbor.example", "cem@harbor.example"
Cure = Callable[[], Awaitable[Any]]


async def without_a_tax_location(journey: Journey) -> Cure:
    """Stripe calculates tax, and the customer's address is deleted."""
    stripe, customer = journey.stripe, f"customers/{customer_of(journey)}"

    async def locate() -> None:
        await stripe.post(customer, **{"address[country]": "US", "address[postal_code]": "94103"})

    await locate()
    await stripe.post(f"subscriptions/{subscription_of(journey)}", **{"automatic_tax[enabled]": "true"})
    await stripe.post(customer, address="")
    return locate


async def under_a_schedule(journey: Journey) -> Cure:
    """A person puts the subscription under a schedule in Stripe's dashboard."""
    schedule = await journey.stripe.post("subscription_schedules", from_subscription=subscription_of(journey))
    return lambda: journey.stripe.post(f"subscription_schedules/{schedule['id']}/release")


@pytest.mark.parametrize(
    ("refuse", "fault", "why"),
    [
        (without_a_tax_location, "tax_location", "Stripe refuses changes: the customer's address is missing for tax"),
        (under_a_schedule, "schedule", "Stripe refuses changes: a schedule at Stripe manages this subscription"),
    ],
    ids=["tax", "schedule"],
)
async def test_a_state_at_stripe_that_refuses_changes_ends_the_wait_at_once_and_everybody_reads_why(
    journey: Journey, refuse: Callable[[Journey], Awaitable[Cure]], fault: str, why: str
) -> None:
    ada = await signed_in_admin(journey, base=1, voice=0, auto_add=True)
    cure = await refuse(journey)
    await journey.pass_time(6)
    before = len(journey.letterbox.subjects(ADA))
    bo = journey.browser()
    member = (await bo.join(BO)).json()["member"]
    assert (member["status"], member["blockedReason"]) == ("blocked", "billing_unavailable")
    await journey.pass_time(120, step=10)

    subject = f"{why}: 1 clinician of Harbor Clinic could not get in"
    assert journey.letterbox.subjects(ADA)[before:] == [subject], "one mail"
    [told] = [mail for mail in journey.letterbox.to(OPERATOR_ADDRESS) if str(mail["Subject"]) == subject]
    assert "Put it right in Stripe's dashboard; then an admin's Try again lets them in." in text_of(told)
    own = (await bo.client.get("/welcome")).text
    assert "one more could not be bought" in own
    assert "Auto-Add buys a seat for you if your agency has it ON" in own
    escaped = why.replace("'", "&#39;")
    for path in ("billing", f"members?q={BO}", "activity"):
        page = (await ada.client.get(f"/admin/agency/{path}")).text
        assert escaped in page, path
        assert "does not answer" not in page, path
    assert (await ada.get("/seats"))["autoAdd"]["fault"] == fault
    # Later newcomers do not wait for what cannot come, and read the same.
    assert (await journey.browser().join(CEM)).json()["member"]["blockedReason"] == "billing_unavailable"
    await journey.pass_time(6)
    digest = text_of(journey.letterbox.to(ADA)[-1])
    assert f"{CEM}: {why}" in digest

    await cure()
    assert (await ada.post("/billing/retry", None)).status_code == 200
    await journey.pass_time(30)
    assert (await bo.me())["status"] == "active"
    assert (await ada.get("/members"))["counts"]["active"] == 3


async def test_an_undoing_that_stripe_refuses_is_reported_once_and_made_within_an_hour_of_the_cure(
    journey: Journey,
) -> None:
    ada = await on_account(journey)
    assert (await add_two(ada)).status_code == 202
    cure = await without_a_tax_location(journey)
    invoice = await newest_invoice(journey)
    await journey.stripe.post(f"invoices/{invoice['id']}/void")
    await stripe_event(journey, "invoice.voided")
    await journey.pass_time(3 * 3600 + 600, step=600)
    why = "Stripe refuses changes: the customer's address is missing for tax"
    subject = f"{why}: a change of Harbor Clinic could not be undone"
    for address in (ADA, OPERATOR_ADDRESS):
        assert journey.letterbox.subjects(address).count(subject) == 1, address
    await ada.log_in(ADA)
    lines = [line["sentence"] for line in (await ada.get("/activity"))["items"]]
    assert lines.count(f"A change that was not paid could not be undone: {why}. We try again every hour for a day") == 1
    assert journey.published("billing.payment_lapsed.v1") == []

    await cure()
    await journey.pass_time(3600 + 120, step=60)
    assert len(journey.published("billing.payment_lapsed.v1")) == 1
    seats = await purchased_seats(ada)
    assert (seats.base, seats.voice) == (2, 1)


async def test_an_undoing_that_stripe_refuses_for_a_day_ends_and_an_admin_makes_it_after_the_cure(
    journey: Journey,
) -> None:
    # Until now it was tried every hour without an end.
    ada = await on_account(journey)
    assert (await add_two(ada)).status_code == 202
    cure = await without_a_tax_location(journey)
    invoice = await newest_invoice(journey)
    await journey.stripe.post(f"invoices/{invoice['id']}/void")
    await stripe_event(journey, "invoice.voided")
    await journey.pass_time(26 * 3600, step=1800)
    tries = len(await journey.updates())
    await journey.pass_time(10 * 3600, step=1800)
    assert len(await journey.updates()) == tries, "the tries have ended"
    await ada.log_in(ADA)
    seats = await purchased_seats(ada)
    assert (seats.base, seats.voice) == (2, 1), "nobody gets seats that nobody pays"
    refused = await ada.post("/billing/cancel-change", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "billing_unavailable")
    await cure()
    assert (await ada.post("/billing/cancel-change", {})).status_code == 200
    assert await journey.stripe.quantities(subscription_of(journey)) == (2, 1)
    assert len(journey.published("billing.payment_lapsed.v1")) == 1
