"""External changes at Stripe: edited quantities, an unpaid invoice, no subscription. Nobody is suspended."""

from typing import Any

import httpx
import pytest

from contracts.vocabulary import Quantities, Service
from tests.support.journey import Browser, Journey, text_of
from tests.support.money import (
    ADA,
    UPDATES,
    assert_all_agree,
    customer_of,
    edit_in_dashboard,
    purchased_seats,
    quote_seats,
    save_quote,
    save_seats,
    set_card,
    signed_in_admin,
    subscription_of,
)

MONTH = 31 * 24 * 3600


async def subjects_to_admin(journey: Journey) -> list[str]:
    """Return the subjects of the admin's mails, after the mails that wait for quiet are sent."""
    await journey.pass_time(6, step=1)
    return journey.letterbox.subjects(ADA)


async def full_agency(journey: Journey, *, auto_add: bool) -> Browser:
    """Open an agency with two Base seats, both taken."""
    ada = await signed_in_admin(journey, base=2, voice=0, auto_add=auto_add)
    await journey.browser().join("nia@harbor.example", "base")
    return ada


async def test_a_quantity_raised_in_the_dashboard_gives_free_seats_and_the_blocked_stay_blocked(
    journey: Journey,
) -> None:
    ada = await full_agency(journey, auto_add=False)
    blocked = await journey.browser().join("bo@harbor.example", "base")
    assert blocked.json()["member"]["status"] == "blocked"
    await edit_in_dashboard(journey, 4, 0, handled=True)
    seats = await ada.get("/seats")
    assert (seats["base"]["purchased"], seats["base"]["available"], seats["frozen"]) == (4, 2, None)
    assert (await ada.get("/members"))["counts"]["blocked"] == 1
    assert (await journey.browser().join("cem@harbor.example", "base")).json()["member"]["status"] == "active"
    assert "The seats of Harbor Clinic were changed at Stripe: 4 Base and 0 Voice now" in await subjects_to_admin(
        journey
    )
    newest = (await ada.get("/activity?kind=money"))["items"][0]
    assert newest["actor"]["kind"] == "stripe"
    assert await purchased_seats(ada) == Quantities(*await journey.stripe.quantities(subscription_of(journey)))


async def test_a_quantity_lowered_below_active_suspends_nobody_and_buys_nothing_until_it_is_raised_again(
    journey: Journey,
) -> None:
    ada = await full_agency(journey, auto_add=True)
    updates = len(await journey.updates())
    await edit_in_dashboard(journey, 1, 0, handled=True)
    seats = await ada.get("/seats")
    assert (seats["frozen"], seats["base"]["purchased"], seats["base"]["active"]) == ("seats_reduced_elsewhere", 1, 2)
    late = await journey.browser().join("bo@harbor.example", "base")
    assert late.json()["member"]["blockedReason"] == "seats_reduced_elsewhere"
    other = await journey.browser().join("cem@harbor.example", "voice")
    assert other.json()["member"]["blockedReason"] == "seats_reduced_elsewhere"
    assert (await ada.get("/members"))["counts"]["active"] == 2
    await journey.pass_time(120, step=30)
    assert len(await journey.updates()) == updates, "nothing is bought back"
    mails = [mail for mail in journey.letterbox.to(ADA) if "fewer seats than Active members" in str(mail["Subject"])]
    assert len(mails) == 1
    assert "Before: 2 Base and 0 Voice\nNow: 1 Base and 0 Voice\nActive members: 2 Base and 0 Voice\n" in text_of(
        mails[0]
    )

    await edit_in_dashboard(journey, 3, 0, handled=True)
    seats = await ada.get("/seats")
    assert (seats["frozen"], seats["base"]["purchased"]) == (None, 3)
    assert (await ada.get("/members"))["counts"]["blocked"] == 2, "they stay Blocked until re-invited"
    assert (await journey.browser().join("dee@harbor.example", "base")).json()["member"]["status"] == "active"
    await journey.browser().join("eve@harbor.example", "base")
    await journey.pass_time(20, step=2)
    assert await purchased_seats(ada) == Quantities(4, 0), "Auto-Add buys again"


async def words_for(journey: Journey, ada: Browser, late: Browser, address: str) -> tuple[str, str, str]:
    """Return what the Blocked member's page, the admin's list and the digest mail say about the member."""
    own = (await late.client.get("/welcome")).text
    listed = (await ada.client.get(f"/admin/agency/members?q={address}")).text
    await journey.pass_time(6, step=1)
    digest = text_of(next(mail for mail in reversed(journey.letterbox.to(ADA)) if "blocked" in str(mail["Subject"])))
    return own, listed, digest


async def test_the_words_tell_a_lowered_type_the_other_type_and_no_subscription_apart(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=2, voice=1, auto_add=True)
    await journey.browser().join("nia@harbor.example", "base")
    await edit_in_dashboard(journey, 1, 1, handled=True)
    # A free Voice seat is free, whatever happened to the Base seats: for a newcomer, and for an invitation.
    assert (await ada.invite("vic@harbor.example", "voice")).status_code == 201
    vera = journey.browser()
    assert (await vera.join("vera@harbor.example", "voice")).json()["member"]["status"] == "active"
    base, voice = journey.browser(), journey.browser()

    assert (await base.join("bo@harbor.example", "base")).json()["member"]["blockedReason"] == "seats_reduced_elsewhere"
    own, listed, digest = await words_for(journey, ada, base, "bo@harbor.example")
    assert "has fewer Base seats now than people who use one." in own
    assert "Base seats were lowered at Stripe, below those in use." in listed
    assert "bo@harbor.example: Base seats were lowered at Stripe, below those in use" in digest

    await voice.join("cem@harbor.example", "voice")
    own, listed, digest = await words_for(journey, ada, voice, "cem@harbor.example")
    assert ("All Voice seats of" in own, "Base" in own) == (True, False)
    other = "o Voice seat was free, and Auto-Add buys none while Stripe has fewer Base seats than are in use"
    assert f"N{other}." in listed
    assert f"cem@harbor.example: n{other}" in digest
    full = await ada.invite("jim@elsewhere.example", "voice")
    assert full.json()["code"] == "no_seat_available"

    await journey.stripe.control(f"dashboard/subscriptions/{subscription_of(journey)}", cancel=True)
    await stripe_event(journey, "customer.subscription.deleted")
    gone = journey.browser()
    await gone.join("dee@harbor.example", "voice")
    own, listed, digest = await words_for(journey, ada, gone, "dee@harbor.example")
    assert "has ended, so it has no seats." in own
    assert "The subscription has ended." in listed
    assert "dee@harbor.example: the subscription has ended" in digest


async def test_an_admin_ends_the_freeze_by_buying_seats_or_by_removing_members(journey: Journey) -> None:
    ada = await full_agency(journey, auto_add=False)
    await edit_in_dashboard(journey, 1, 0, handled=True)
    done = await save_seats(ada, 2, 0)
    assert (done["seats"]["frozen"], done["seats"]["base"]["purchased"]) == (None, 2)
    await edit_in_dashboard(journey, 1, 0, handled=True)
    assert (await ada.get("/seats"))["frozen"] == "seats_reduced_elsewhere"
    nia = next(row for row in (await ada.get("/members"))["items"] if row["email"].startswith("nia"))
    assert (await ada.ask("DELETE", f"/members/{nia['id']}")).status_code == 204
    await journey.drain()
    assert (await ada.get("/seats"))["frozen"] is None


@pytest.mark.parametrize("handled", [False, True], ids=["event lost", "event handled"])
@pytest.mark.parametrize("after", [(1, 0), (5, 0)], ids=["lowered", "raised"])
async def test_a_quantity_edited_during_a_purchase_converges(
    journey: Journey, handled: bool, after: tuple[int, int]
) -> None:
    ada = await full_agency(journey, auto_add=True)
    journey.bus.held = {Service.BILLING}
    bo = journey.browser()
    await bo.sign_up("bo@harbor.example", "base")
    await bo.post("/login-codes", {"email": "bo@harbor.example"})
    await journey.drain()
    login = journey.later(
        bo.client.post(
            "/api/v1/sessions",
            json={"email": "bo@harbor.example", "code": journey.letterbox.code("bo@harbor.example")},
        )
    )
    await journey.until_published("billing.set_quantities.v1")
    await edit_in_dashboard(journey, *after)
    journey.bus.held = set()
    if handled:
        await journey.publish_stripe_events(customer_of(journey), "customer.subscription.updated")
    response: httpx.Response = await journey.during(login)
    await journey.pass_time(60, step=5)
    member = (await bo.get("/me"))["member"]
    assert response.status_code == 201
    if after == (5, 0):
        assert member["status"] == "active"
        assert await purchased_seats(ada) == Quantities(5, 0)
        assert len(await assert_all_agree(journey, ada)) == 1, "nothing was bought"
    else:
        assert (member["status"], member["blockedReason"]) == ("blocked", "seats_reduced_elsewhere")
        assert await purchased_seats(ada) == Quantities(1, 0)
        assert (await ada.get("/seats"))["frozen"] == "seats_reduced_elsewhere"
    assert await journey.stripe.quantities(subscription_of(journey)) == after
    [changed] = journey.published("billing.subscription_changed.v1")
    assert changed.data.whose == "dashboard"


async def test_an_edit_after_our_change_is_an_external_change_and_our_own_is_not(journey: Journey) -> None:
    ada = await full_agency(journey, auto_add=False)
    quote = await quote_seats(ada, 3, 0)
    await journey.stripe.fault("drop_answer", path=UPDATES)
    journey.http.gateway.operations.patience = 0.2
    assert (await save_quote(ada, quote)).status_code in {200, 202}
    await edit_in_dashboard(journey, 6, 0)
    await journey.publish_stripe_events(customer_of(journey), "customer.subscription.updated")
    await journey.pass_time(60, step=5)
    assert await purchased_seats(ada) == Quantities(6, 0)
    assert len(journey.published("seats.seats_adjusted.v1")) == 1
    assert {event.data.whose for event in journey.published("billing.subscription_changed.v1")} == {"dashboard"}


async def stripe_event(journey: Journey, *types: str) -> None:
    await journey.publish_stripe_events(customer_of(journey), *types)


async def test_a_cancelled_subscription_suspends_nobody_and_sells_nothing(journey: Journey) -> None:
    ada = await full_agency(journey, auto_add=True)
    quote = await quote_seats(ada, 3, 0)
    await journey.stripe.control(f"dashboard/subscriptions/{subscription_of(journey)}", cancel=True)
    await stripe_event(journey, "customer.subscription.deleted")
    seats = await ada.get("/seats")
    assert (seats["frozen"], seats["base"]["active"]) == ("subscription_canceled", 2)
    late = await journey.browser().join("bo@harbor.example", "base")
    assert late.json()["member"]["blockedReason"] == "seats_reduced_elsewhere"
    rejected = await save_quote(ada, quote)
    assert (rejected.status_code, rejected.json()["code"]) == (409, "billing_unavailable")
    assert rejected.json()["detail"].startswith("The subscription was canceled at Stripe")
    rejected_quote = await ada.post("/seats/quotes", {"base": 5, "voice": 0})
    assert (rejected_quote.status_code, rejected_quote.json()["code"]) == (409, "billing_unavailable")
    assert (await ada.get("/members"))["counts"]["active"] == 2
    assert "The subscription of Harbor Clinic was canceled at Stripe: no seat can be bought" in await subjects_to_admin(
        journey
    )


async def test_a_cancelled_agency_with_another_subscription_at_stripe_continues(journey: Journey) -> None:
    ada = await full_agency(journey, auto_add=True)
    await journey.stripe.control(f"dashboard/subscriptions/{subscription_of(journey)}", cancel=True)
    await stripe_event(journey, "customer.subscription.deleted")
    assert (await ada.get("/seats"))["frozen"] == "subscription_canceled"
    another = await journey.stripe.subscribe(customer_of(journey), base=2, voice=0)
    await stripe_event(journey, "customer.subscription.created")
    seats = await ada.get("/seats")
    assert (seats["frozen"], seats["base"]["purchased"], seats["base"]["active"]) == (None, 2, 2)
    assert (await ada.get("/billing"))["paymentState"] == "ok"
    joined = await journey.browser().join("bo@harbor.example", "base")
    assert joined.json()["member"]["status"] == "active"
    assert await journey.stripe.quantities(another) == (3, 0)


async def test_a_deleted_customer_suspends_nobody_and_sells_nothing(journey: Journey) -> None:
    ada = await full_agency(journey, auto_add=True)
    response = await journey.stripe._http.delete(f"/_control/dashboard/customers/{customer_of(journey)}")
    assert response.is_success
    await stripe_event(journey, "customer.deleted", "customer.subscription.deleted")
    assert (await ada.get("/seats"))["frozen"] == "customer_deleted"
    assert (await ada.get("/members"))["counts"]["active"] == 2
    assert "Harbor Clinic was deleted at Stripe: no seat can be bought" in await subjects_to_admin(journey)


async def renewal_unpaid(journey: Journey, ada: Browser) -> dict[str, Any]:
    """Let a month end on a card that is declined; return the unpaid invoice."""
    await set_card(journey, "declining")
    journey.clock.advance(MONTH + 3700)
    await ada.log_in(ADA)
    await stripe_event(journey, "invoice.payment_failed", "customer.subscription.updated")
    newest: dict[str, Any] = (await journey.stripe.invoices(subscription_of(journey)))[0]
    assert newest["status"] == "open"
    return newest


async def test_an_admin_who_tries_again_pays_the_unpaid_renewal_or_gets_the_decline(
    journey: Journey,
) -> None:
    ada = await full_agency(journey, auto_add=True)
    await renewal_unpaid(journey, ada)
    await journey.browser().join("bo@harbor.example", "base")
    rejected = await ada.post("/billing/retry", None)
    assert (rejected.status_code, rejected.json()["code"]) == (402, "payment_declined")
    assert rejected.json()["fix"] == "POST /api/v1/billing/portal-sessions"
    assert (await ada.get("/seats"))["autoAdd"]["paused"] == "past_due"

    await set_card(journey, "good")
    response = await ada.post("/billing/retry", None)
    assert response.status_code == 200, response.text
    assert response.json()["seats"]["autoAdd"]["paused"] is None
    assert len(response.json()["joined"]) == 1
    await journey.pass_time(20, step=2)
    assert (await ada.get("/billing"))["paymentState"] == "ok"
    assert (await ada.get("/members"))["counts"]["active"] == 3
    statuses = [invoice["status"] for invoice in await journey.stripe.invoices(subscription_of(journey))]
    assert set(statuses) == {"paid"}
    lines = (await ada.get("/activity?kind=money"))["items"]
    [recovered] = [line for line in lines if line["sentence"].startswith("Nothing is owed anymore")]
    assert recovered["actor"]["kind"] == "member"
    await stripe_event(journey, "invoice.paid", "customer.subscription.updated")
    again = await ada.post("/billing/retry", None)
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_change")


async def test_an_unpaid_renewal_suspends_nobody_pauses_auto_add_and_once_paid_lets_in_the_blocked(
    journey: Journey,
) -> None:
    ada = await full_agency(journey, auto_add=True)
    unpaid = await renewal_unpaid(journey, ada)
    assert (await ada.get("/seats"))["autoAdd"]["paused"] == "past_due"
    assert (await ada.get("/billing"))["paymentState"] == "past_due"
    assert (await ada.get("/members"))["counts"]["active"] == 2
    late = await journey.browser().join("bo@harbor.example", "base")
    assert late.json()["member"]["blockedReason"] == "past_due"
    mails = [mail for mail in journey.letterbox.to(ADA) if str(mail["Subject"]).startswith("Payment failed: $59.98")]
    assert len(mails) == 1
    assert "/admin/agency/billing?fix=card" in text_of(mails[0])

    await set_card(journey, "good")
    paid = await journey.stripe._http.post(f"/v1/invoices/{unpaid['id']}/pay")
    assert paid.is_success, paid.text
    await stripe_event(journey, "invoice.paid", "customer.subscription.updated")
    await journey.pass_time(20, step=2)
    assert (await ada.get("/seats"))["autoAdd"]["paused"] is None
    assert (await ada.get("/billing"))["paymentState"] == "ok"
    assert (await ada.get("/members"))["counts"] == {
        "active": 3,
        "blocked": 0,
        "invited": 0,
        "pendingLogin": 0,
        "removed": 0,
    }
    assert "Auto-Add buys again: 1 clinician of Harbor Clinic is being let in" in await subjects_to_admin(journey)
    await assert_all_agree(journey, ada)
