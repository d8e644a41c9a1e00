"""After a decline: a fixed card, or an admin's retry, lets in the members Blocked for payment, in order."""

from tests.support.journey import Browser, Journey, text_of
from tests.support.money import ADA, assert_all_agree, quote_seats, save_quote, save_seats, set_card, signed_in_admin

NO_PAUSE = {"fault": None, "declined": None, "declineCode": None}
PEOPLE = [f"clinician{n}@harbor.example" for n in range(3)]


async def paused_agency(journey: Journey) -> Browser:
    """Pause Auto-Add with a declined card, and have three clinicians Blocked."""
    ada = await signed_in_admin(journey, base=1, voice=0, auto_add=True)
    await set_card(journey, "declining")
    for address in PEOPLE:
        response = await journey.browser().join(address)
        assert response.json()["member"]["blockedReason"] == "payment_declined"
    assert (await ada.get("/seats"))["autoAdd"]["paused"] == "payment_declined"
    return ada


async def test_an_admins_retry_lets_in_the_members_blocked_for_payment_with_one_purchase(journey: Journey) -> None:
    ada = await paused_agency(journey)
    await set_card(journey, "good")
    await journey.pass_time(60, step=30)
    response = await ada.post("/billing/retry", None)
    assert response.status_code == 200, response.text
    assert response.json()["seats"]["autoAdd"] == {"enabled": True, "locked": False, "paused": None, **NO_PAUSE}
    await journey.pass_time(10, step=2)
    blocked = [event.data.member_id for event in journey.published("members.blocked.v1")]
    assert response.json()["joined"] == [str(member_id) for member_id in blocked]
    [bought] = journey.published("seats.seats_auto_added.v1")
    assert [person.member_id for person in bought.data.served] == blocked, "in the order in which they were Blocked"
    assert (await ada.get("/members"))["counts"]["active"] == 4
    assert len(await assert_all_agree(journey, ada)) == 2
    for address in PEOPLE:
        assert [subject for subject in journey.letterbox.subjects(address) if "You're in" in subject], "they get a mail"
    subjects = journey.letterbox.subjects(ADA)
    assert "Auto-Add buys again: 3 clinicians of Harbor Clinic are being let in" in subjects
    again = await ada.post("/billing/retry", None)
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_change")


async def test_a_retry_with_the_same_bad_card_is_declined_once_and_pauses_again(journey: Journey) -> None:
    ada = await paused_agency(journey)
    await journey.pass_time(60, step=30)
    updates_before = len(await journey.updates())
    assert (await ada.post("/billing/retry", None)).status_code == 200
    await journey.pass_time(30, step=2)
    assert len(await journey.updates()) == updates_before + 1
    assert (await ada.get("/seats"))["autoAdd"]["paused"] == "payment_declined"
    assert (await ada.get("/members"))["counts"]["blocked"] == 3
    declines = [mail for mail in journey.letterbox.to(ADA) if "/admin/agency/billing?fix=card" in text_of(mail)]
    assert "3 clinicians" in str(declines[-1]["Subject"])


async def test_a_paid_change_ends_the_pause_and_its_seats_go_to_the_members_blocked_for_payment(
    journey: Journey,
) -> None:
    ada = await paused_agency(journey)
    await set_card(journey, "good")
    await journey.pass_time(60, step=30)
    adjusted = await save_seats(ada, 3, 0)
    assert adjusted["seats"]["autoAdd"]["paused"] is None
    await journey.pass_time(20, step=2)
    assert (await ada.get("/members"))["counts"]["active"] == 4
    [bought] = journey.published("seats.seats_auto_added.v1")
    assert len(bought.data.served) == 1, "two got the admin's new seats, and one seat was bought"
    await assert_all_agree(journey, ada)


async def test_with_auto_add_off_a_retry_lets_nobody_in_and_a_declined_change_blocks_nobody(journey: Journey) -> None:
    ada = await paused_agency(journey)
    await ada.auto_add(False)
    quote = await quote_seats(ada, 2, 0)
    rejected = await save_quote(ada, quote)
    assert (rejected.status_code, rejected.json()["code"]) == (402, "payment_declined")
    assert (await ada.post("/billing/retry", None)).json()["joined"] == []
    await journey.pass_time(30, step=10)
    counts = (await ada.get("/members"))["counts"]
    assert (counts["active"], counts["blocked"]) == (1, 3)
    assert len(await assert_all_agree(journey, ada)) == 1
