"""200 clinicians of one full agency log in for the first time within a second."""

from contracts.vocabulary import Service
from services.seats.domain.pacing import GATHER
from tests.support.journey import Browser, Journey, journey_on, text_of

ADA = "ada@harbor.example"
CROWD = 200


async def signed_in_admin(journey: Journey, *, base: int, auto_add: bool) -> Browser:
    await journey.open_agency(base=base)
    ada = journey.browser()
    await ada.log_in(ADA)
    await ada.sign_baa()
    await ada.auto_add(auto_add)
    return ada


def people() -> list[str]:
    return [f"clinician{n}@harbor.example" for n in range(CROWD)]


async def crowd(journey: Journey, addresses: list[str]) -> list[Browser]:
    """Sign everybody up, and have each request a code."""
    browsers = [journey.browser() for _ in addresses]
    people = list(zip(browsers, addresses, strict=True))
    signing_up = [
        browser.client.post("/api/v1/signups", json={"email": address, "name": "Nia Novak", "seatType": "base"})
        for browser, address in people
    ]
    assert await journey.together(signing_up) == {201}
    code_requests = [browser.client.post("/api/v1/login-codes", json={"email": address}) for browser, address in people]
    assert await journey.together(code_requests) == {202}
    await journey.drain()
    return browsers


async def all_log_in(journey: Journey, browsers: list[Browser], addresses: list[str]) -> None:
    """Send every code before Stripe responds, then pass time until every login has its response."""
    before = len(journey.published("members.first_login.v1"))
    journey.bus.held = {Service.BILLING}
    signing_in = [
        journey.later(
            browser.client.post("/api/v1/sessions", json={"email": address, "code": journey.letterbox.code(address)})
        )
        for browser, address in zip(browsers, addresses, strict=True)
    ]
    await journey.until_published("members.first_login.v1", before + len(addresses))
    await journey.drain()
    journey.bus.held = set()
    responses = [await journey.during(response) for response in signing_in]
    assert {response.status_code for response in responses} == {201}
    await journey.pass_time(30)


async def statuses(journey: Journey, ada: Browser) -> dict[str, int]:
    counts = (await ada.get("/members?limit=1"))["counts"]
    return {status: count for status, count in counts.items() if count}


async def test_with_auto_add_on_all_are_active_in_order_of_arrival_with_at_most_three_updates_and_a_mail_each(
    journey: Journey,
) -> None:
    ada = await signed_in_admin(journey, base=1, auto_add=True)
    addresses = people()
    await all_log_in(journey, await crowd(journey, addresses), addresses)
    assert await statuses(journey, ada) == {"active": CROWD + 1}
    purchases = journey.published("seats.seats_auto_added.v1")
    updates = await journey.updates()
    assert len(updates) == len(purchases) <= 3
    arrived = [event.data.member_id for event in journey.published("members.first_login.v1")]
    seated = [event.data.member_id for event in journey.published("seats.seat_assigned.v1")][1:]
    assert seated == arrived
    added = [subject for subject in journey.letterbox.subjects(ADA) if "added" in subject.lower()]
    assert len(added) == len(purchases)
    assert (await ada.get("/seats"))["base"] == {
        "purchased": CROWD + 1,
        "active": CROWD + 1,
        "available": 0,
        "incoming": 0,
        "waiting": 0,
        "unsettled": 0,
        "invited": 0,
    }


async def test_people_who_log_in_within_a_quarter_of_a_second_share_one_update_one_invoice_and_one_mail(
    migrated: str,
) -> None:
    async with journey_on(migrated, gather=GATHER) as journey:
        ada = await signed_in_admin(journey, base=1, auto_add=True)
        addresses = people()[:8]
        browsers = await crowd(journey, addresses)
        signing_in = [
            journey.later(browser.post("/sessions", {"email": address, "code": journey.letterbox.code(address)}))
            for browser, address in zip(browsers, addresses, strict=True)
        ]
        await journey.until_published("members.first_login.v1", len(addresses))
        await journey.advance(0.25)
        responses = [await journey.during(response) for response in signing_in]
        assert {response.status_code for response in responses} == {201}
        assert await statuses(journey, ada) == {"active": 9}
        assert len(await journey.updates()) == 1
        assert [subject for subject in journey.letterbox.subjects(ADA) if "added" in subject] == [
            "8 clinicians are in: 8 Base seats added, $238.91 charged today"
        ]


async def test_with_a_declined_card_all_are_blocked_nothing_is_bought_and_one_mail_leads_to_the_card(
    journey: Journey,
) -> None:
    ada = await signed_in_admin(journey, base=1, auto_add=True)
    addresses = people()
    browsers = await crowd(journey, addresses)
    await journey.stripe.fault("decline", path="/v1/subscriptions/*", times=50, code="insufficient_funds")
    await all_log_in(journey, browsers, addresses)
    assert await statuses(journey, ada) == {"active": 1, "blocked": CROWD}
    assert {event.data.reason for event in journey.published("members.blocked.v1")} == {"payment_declined"}
    [mail] = [mail for mail in journey.letterbox.to(ADA) if "/admin/agency/billing?fix=card" in text_of(mail)]
    updates_before = len(await journey.updates())
    late = journey.browser()
    response = await late.join("late@harbor.example")
    assert response.json()["member"]["blockedReason"] == "payment_declined"
    assert len(await journey.updates()) == updates_before, "the next login is Blocked without a call to Stripe"
    assert "payment" in str(mail["Subject"]).lower() or "card" in str(mail["Subject"]).lower()


async def test_a_changed_card_lets_in_everyone_blocked_for_payment_with_one_purchase(
    journey: Journey,
) -> None:
    ada = await signed_in_admin(journey, base=1, auto_add=True)
    addresses = people()[:5]
    browsers = await crowd(journey, addresses)
    customer = journey.published("billing.account_opened.v1")[0].data.customer_id
    await journey.stripe.control(f"customers/{customer}/card", kind="declining")
    await all_log_in(journey, browsers, addresses)
    assert await statuses(journey, ada) == {"active": 1, "blocked": 5}
    await journey.stripe.control(f"customers/{customer}/card", kind="good")
    await journey.publish_stripe_events(customer, "payment_method.attached", "customer.updated")
    await journey.pass_time(15)
    assert await statuses(journey, ada) == {"active": 6}
    [bought] = journey.published("seats.seats_auto_added.v1")
    blocked = [event.data.member_id for event in journey.published("members.blocked.v1")]
    assert [person.member_id for person in bought.data.served] == blocked, "in the order in which they were Blocked"
    assert (await browsers[0].get("/me"))["member"]["status"] == "active"
    assert (await ada.get("/seats"))["autoAdd"]["paused"] is None
    await journey.drain()
    assert [subject for subject in journey.letterbox.subjects(addresses[0]) if "in" in subject], "they get a mail"


async def test_a_new_card_with_auto_add_off_buys_nothing(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=1, auto_add=True)
    addresses = people()[:2]
    browsers = await crowd(journey, addresses)
    customer = journey.published("billing.account_opened.v1")[0].data.customer_id
    await journey.stripe.control(f"customers/{customer}/card", kind="declining")
    await all_log_in(journey, browsers, addresses)
    await ada.auto_add(False)
    updates_before = len(await journey.updates())
    await journey.publish_stripe_events(customer, "customer.updated")
    await journey.pass_time(15)
    assert len(await journey.updates()) == updates_before
    assert await statuses(journey, ada) == {"active": 1, "blocked": 2}


async def test_with_auto_add_off_and_three_free_seats_exactly_three_are_active_and_the_rest_are_one_mail(
    journey: Journey,
) -> None:
    ada = await signed_in_admin(journey, base=4, auto_add=False)
    addresses = people()
    await all_log_in(journey, await crowd(journey, addresses), addresses)
    await journey.pass_time(40, step=5)
    assert await statuses(journey, ada) == {"active": 4, "blocked": CROWD - 3}
    arrived = [event.data.member_id for event in journey.published("members.first_login.v1")]
    seated = [event.data.member_id for event in journey.published("seats.seat_assigned.v1")][1:]
    assert seated == arrived[:3], "the first three who came"
    assert len([subject for subject in journey.letterbox.subjects(ADA) if "blocked" in subject.lower()]) == 1
    assert await journey.updates() == []
