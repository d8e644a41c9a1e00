"""The first login over HTTP: with a free seat, full with Auto-Add OFF, full with Auto-Add ON; exact to the cent."""

import pytest

from tests.support.journey import WELCOME, Journey, text_of

ADA = "ada@harbor.example"
NIA = "nia@harbor.example"
HALF_MONTH = 31 * 24 * 3600 // 2
"""Seconds. The agency opens on 2 March, and its first month ends on 2 April."""


async def test_a_free_seat_makes_the_clinician_active(journey: Journey) -> None:
    opened = await journey.open_agency(base=2)
    assert opened.status_code == 201, opened.text
    nia = journey.browser()
    response = await nia.join(NIA)
    assert response.status_code == 201, response.text
    assert response.json()["member"]["status"] == "active"
    assert response.json()["member"]["planType"] == "base"
    assert (await nia.get("/me"))["member"]["status"] == "active"
    assert await journey.updates() == [], "a free seat costs nothing"
    assert journey.letterbox.subjects(ADA) == []
    assert journey.letterbox.welcomes() == [], "not while the admin looks for a code"
    await journey.pass_time(60, step=30)
    assert journey.letterbox.welcomes() == [f"Harbor Clinic{WELCOME}"]


@pytest.mark.parametrize("seat", ["base", "voice"])
async def test_full_and_off_blocks_the_clinician_and_mails_the_admins_once(journey: Journey, seat: str) -> None:
    await journey.open_agency(base=1)
    nia = journey.browser()
    response = await nia.join(NIA, seat)
    assert response.status_code == 201, response.text
    assert response.json()["member"]["status"] == "blocked"
    assert response.json()["member"]["blockedReason"] == "no_seat_available"
    assert response.json()["member"]["planType"] is None
    await journey.pass_time(70, step=5)
    [mail] = [mail for mail in journey.letterbox.to(ADA) if "is blocked" in str(mail["Subject"])]
    assert "Nia Novak" in text_of(mail)
    assert await journey.updates() == [], "nothing is bought"


async def test_auto_add_cannot_be_switched_on_until_the_baa_is_signed(journey: Journey) -> None:
    await journey.open_agency()
    ada = journey.browser()
    await ada.log_in(ADA)
    rejected = await ada.auto_add(True)
    assert rejected.status_code == 409
    assert rejected.json()["code"] == "baa_unsigned"
    assert (await ada.auto_add(False)).status_code == 200, "switching it OFF is never rejected"
    assert (await ada.sign_baa()).status_code == 201
    assert (await ada.auto_add(True)).status_code == 200
    assert (await ada.get("/seats"))["autoAdd"]["enabled"] is True


@pytest.mark.parametrize(
    ("seat", "charged", "total"),
    [
        # From 1 Base at $31.00 to 2 at $29.99: half of the month is -15.50 + 29.99 = $14.49.
        ("base", 1449, 5998),
        # From no Voice seat to 1 at $59.99: half of the month is 29.995, and Stripe rounds the line down.
        ("voice", 2999, 3100 + 5999),
    ],
)
async def test_full_and_on_buys_one_seat_prorated_and_mails_the_admins_the_cost(
    journey: Journey, seat: str, charged: int, total: int
) -> None:
    await journey.open_agency(base=1)
    ada = journey.browser()
    await ada.log_in(ADA)
    await ada.sign_baa()
    await ada.auto_add(True)
    await journey.advance(HALF_MONTH)
    nia = journey.browser()
    response = await nia.join(NIA, seat)
    assert response.status_code == 201, response.text
    assert response.json()["member"]["status"] == "active"
    assert response.json()["member"]["planType"] == seat
    assert len(await journey.updates()) == 1
    [bought] = journey.published("seats.seats_auto_added.v1")
    assert (bought.data.charged, bought.data.new_total) == (charged, total)
    assert bought.data.invoice.amount_paid == charged, "the event has the amount of Stripe's invoice"
    await journey.drain()
    [mail] = [mail for mail in journey.letterbox.to(ADA) if "added" in str(mail["Subject"]).lower()]
    text = text_of(mail)
    assert "Nia Novak" in text
    assert f"${charged / 100:.2f}" in text
    assert f"${total / 100:.2f}" in text
    assert seat.capitalize() in text


async def test_a_pending_login_that_never_logs_in_costs_nothing(journey: Journey) -> None:
    await journey.open_agency(base=1)
    ada = journey.browser()
    await ada.log_in(ADA)
    await ada.sign_baa()
    await ada.auto_add(True)
    assert (await journey.browser().sign_up(NIA)).status_code == 201
    await journey.pass_time(20 * 24 * 3600, step=24 * 3600)
    assert await journey.updates() == []
    await ada.log_in(ADA)
    [nia] = [member for member in (await ada.get("/members"))["items"] if member["email"] == NIA]
    assert nia["status"] == "pending_login"


async def test_a_second_login_runs_no_capacity_check(journey: Journey) -> None:
    await journey.open_agency(base=1)
    nia = journey.browser()
    await nia.join(NIA)
    again = await nia.log_in(NIA)
    assert again.json()["member"]["status"] == "blocked"
    assert len(journey.published("members.first_login.v1")) == 1
    assert len(journey.published("members.login_recorded.v1")) == 1
    assert len(journey.published("seats.seat_denied.v1")) == 1


async def test_a_declined_card_opens_no_agency_and_frees_the_domain(journey: Journey) -> None:
    declined = await journey.open_agency(card="pm_card_chargeCustomerFail")
    assert declined.status_code == 402, declined.text
    assert declined.json()["code"] == "payment_declined"
    assert (await journey.browser().sign_up(NIA)).json()["code"] == "domain_not_auto_join"
    assert (await journey.open_agency()).status_code == 201


async def test_only_one_agency_holds_a_domain(journey: Journey) -> None:
    await journey.open_agency()
    taken = await journey.open_agency()
    assert taken.status_code == 409
    assert taken.json()["code"] == "domain_taken"
    public = await journey.open_agency(domain="gmail.com")
    assert public.status_code == 422
    assert public.json()["code"] == "public_domain"


async def test_a_stripe_event_without_a_valid_signature_is_not_put_on_the_bus(journey: Journey) -> None:
    rejected = await journey.browser().post(
        "/webhooks/stripe", {"id": "evt_1"}, headers={"Stripe-Signature": "t=1,v1=0"}
    )
    assert rejected.status_code == 400
    assert journey.bus.log["stripe.events"] == []
