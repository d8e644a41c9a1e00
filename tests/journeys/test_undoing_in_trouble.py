"""An undoing that Stripe does not answer, or refuses: one wait with one clock, reported once, ended after a day."""

import pytest

from contracts.vocabulary import Quantities
from tests.journeys.test_awaited_payments import (
    add_two,
    newest_invoice,
    on_account,
    stripe_event,
    with_a_card_to_confirm,
)
from tests.support.journey import Browser, Journey, text_of
from tests.support.money import ADA, purchased_seats, save_seats, set_card, subscription_of

HOUR = 3600
REPORTED = "billing.stripe_timed_out.v1"


async def silence(journey: Journey) -> None:
    """Have Stripe answer nothing until it is healed."""
    await journey.stripe.fault("error", method=None, path="/v1/*", code="503", times=100_000)


async def first_lines(ada: Browser) -> list[str]:
    return [line["sentence"] for line in (await ada.get("/activity"))["items"]]


@pytest.mark.parametrize("cause", ["unconfirmed", "canceled"])
async def test_an_undoing_is_reported_after_ten_minutes_of_silence_and_given_up_after_a_day(
    journey: Journey, cause: str
) -> None:
    ada = await with_a_card_to_confirm(journey)
    response = await add_two(ada)
    if cause == "unconfirmed":
        await journey.advance(23 * HOUR)
        await silence(journey)
    else:
        await silence(journey)
        with journey.impatient():
            canceling = journey.later(ada.post("/billing/cancel-change", {}))
            await journey.until_published("billing.cancel_change.v1")
        await journey.pass_time(10)
        assert (await canceling).status_code == 202
    await journey.pass_time(9 * 60, step=60)
    assert journey.published(REPORTED) == []
    await journey.pass_time(6 * 60, step=60)
    [silent] = journey.published(REPORTED)
    assert (silent.data.undo, silent.data.fault) == (True, None)
    mail = next(mail for mail in journey.letterbox.to(ADA) if "does not answer" in str(mail["Subject"]))
    assert mail["Subject"] == "Stripe does not answer: the undoing of a change at Harbor Clinic is delayed"
    assert "Do not pay the change's invoice." in text_of(mail)
    await ada.log_in(ADA)
    assert (await ada.get("/seats"))["payment"] is not None
    await journey.pass_time(24 * HOUR, step=1800)
    await ada.log_in(ADA)
    assert (await ada.get("/seats"))["payment"] is None
    assert len(journey.published(REPORTED)) == 1, "one wait is reported once"
    [lapsed] = journey.published("billing.payment_lapsed.v1")
    assert lapsed.data.reason == "unanswered"
    operation = await ada.get(f"/operations/{response.json()['operation']['id']}")
    assert operation["problem"]["detail"] == (
        "The change is given up, because Stripe did not answer for 24 hours. It is undone there as soon as Stripe"
        " answers. Do not pay its invoice."
    )
    assert (
        "The change +2 Base seats was given up: Stripe did not answer for 24 hours · it is undone there as soon as"
        " Stripe answers" in await first_lines(ada)
    )
    assert "Seats not added: +2 Base seats was given up" in journey.letterbox.subjects(ADA)
    await journey.stripe.heal()
    await stripe_event(journey, "invoice.updated")
    await journey.pass_time(2 * HOUR, step=60)
    assert journey.published("billing.debt_changed.v1") == [], "an invoice that is to be voided is no debt"
    assert (await newest_invoice(journey))["status"] == "void"
    assert await journey.stripe.quantities(subscription_of(journey)) == (2, 1)
    assert len(journey.published("billing.payment_lapsed.v1")) == 1
    assert journey.published("billing.subscription_changed.v1") == []
    await ada.log_in(ADA)
    await set_card(journey, "good")
    await save_seats(ada, 3, 1)
    assert await purchased_seats(ada) == Quantities(*await journey.stripe.quantities(subscription_of(journey)))


async def test_on_account_seats_of_a_change_that_was_given_up_are_taken_back_and_are_nobody_elses(
    journey: Journey,
) -> None:
    ada = await on_account(journey)
    assert (await add_two(ada)).status_code == 202
    await silence(journey)
    with journey.impatient():
        canceling = journey.later(ada.post("/billing/cancel-change", {}))
        await journey.until_published("billing.cancel_change.v1")
    await journey.pass_time(10)
    assert (await canceling).status_code == 202
    await journey.pass_time(25 * HOUR, step=1800)
    await ada.log_in(ADA)
    assert await purchased_seats(ada) == Quantities(2, 1)
    await journey.stripe.heal()
    assert await journey.stripe.quantities(subscription_of(journey)) == (4, 1), "nothing is undone at Stripe yet"
    await stripe_event(journey, "invoice.updated")
    await journey.pass_time(2 * HOUR, step=60)
    assert await journey.stripe.quantities(subscription_of(journey)) == (2, 1)
    assert await purchased_seats(ada) == Quantities(2, 1)
    assert journey.published("billing.subscription_changed.v1") == [], "the seats were ours, and nobody has them"
    assert (await newest_invoice(journey))["status"] == "void"


async def test_a_schedule_that_prevents_an_undoing_is_named(journey: Journey) -> None:
    ada = await on_account(journey)
    assert (await add_two(ada)).status_code == 202
    await journey.stripe.post("subscription_schedules", from_subscription=subscription_of(journey))
    canceled = await ada.post("/billing/cancel-change", {})
    assert (canceled.status_code, canceled.json()["code"]) == (409, "billing_unavailable")
    assert "a schedule at Stripe manages this subscription" in canceled.json()["detail"]
