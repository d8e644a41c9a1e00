"""An opening that hangs at Stripe is reported after ten minutes and ends after 24 hours, and nothing stays charged."""

from tests.support.journey import OPERATOR, OPERATOR_ADDRESS, Journey, text_of

ADA = "ada@harbor.example"
NOT_YET = "Stripe does not answer: Harbor Clinic is not open yet"
NOT_OPENED = "Stripe did not answer: Harbor Clinic was not opened"
AS_OPERATOR = {"Authorization": f"Bearer {OPERATOR}"}


async def test_an_opening_that_hangs_for_25_hours_is_reported_ended_and_refunded(journey: Journey) -> None:
    await journey.stripe.fault("drop_answer", path="/v1/subscriptions")
    accepted = await journey.open_agency()
    assert accepted.status_code == 202
    [paid] = (await journey.stripe.get("subscriptions"))["data"]
    await journey.stripe.fault("error", method=None, path="/v1/*", code="503", times=10_000)
    await journey.pass_time(9 * 60, step=60)
    assert journey.letterbox.subjects(OPERATOR_ADDRESS) == []
    await journey.pass_time(10 * 60, step=60)
    assert journey.letterbox.subjects(OPERATOR_ADDRESS) == [NOT_YET]
    ada = journey.browser()
    assert (await ada.log_in(ADA)).json()["member"]["status"] == "pending_login"
    waiting = (await ada.client.get("/welcome")).text
    assert "Harbor Clinic is being opened" in waiting
    assert "no free" not in waiting
    await journey.pass_time(25 * 3600, step=3600)
    assert journey.letterbox.subjects(OPERATOR_ADDRESS) == [NOT_YET, NOT_OPENED]
    assert "Nothing stays charged" in text_of(journey.letterbox.to(OPERATOR_ADDRESS)[-1])
    assert (await ada.client.get("/welcome")).headers["location"] == "/login?next=/welcome"
    answer = (await journey.browser().client.get(accepted.headers["location"], headers=AS_OPERATOR)).json()
    assert (answer["state"], answer["problem"]["code"]) == ("refused", "billing_unavailable")
    assert answer["problem"]["detail"] == (
        "Stripe did not complete the opening of the agency within 24 hours, so it was given up, and its domain is free"
        " again. Nothing stays charged: a payment that was made is refunded. Open the agency again, or ask support."
    )
    [told] = [mail for mail in journey.letterbox.to(ADA) if mail["Subject"] == "Harbor Clinic was not opened"]
    assert "Nothing stays charged: if a payment was made, it is refunded." in text_of(told)
    await journey.stripe.heal()
    await journey.pass_time(120, step=60)
    assert (await journey.stripe.get("customers"))["data"] == []
    [invoice] = await journey.stripe.invoices(paid["id"])
    [refund] = (await journey.stripe.get("refunds"))["data"]
    assert refund["amount"] == invoice["amount_paid"] > 0
    assert (await journey.open_agency()).status_code == 201
