"""A list of people is pasted, checked, and invited, with the missing seats bought at the price shown."""

from services.gateway.domain.typed_words import WORDS_MAX
from services.gateway.texts.fields import ON_PAGE
from tests.journeys.test_awaited_payments import newest_invoice, stripe_event
from tests.journeys.test_roles import ADA
from tests.support.journey import Browser, Journey
from tests.support.money import set_card
from tests.support.visitor import Visitor

TOO_LONG = "N" * (WORDS_MAX + 1)
MANY = "/admin/agency/members/invite-many"


async def on_the_form(journey: Journey) -> tuple[Browser, Visitor]:
    """The admin of an agency with two Base seats, on the form."""
    await journey.open_agency(base=2)
    ada = journey.browser()
    await ada.log_in(ADA)
    await ada.sign_baa()
    person = Visitor(ada.client)
    await person.open(MANY)
    return ada, person


async def test_a_list_is_invited_in_two_steps_and_wrong_lines_are_marked(journey: Journey) -> None:
    ada, person = await on_the_form(journey)
    noor = "noor@elsewhere.example"
    wrong = f"{noor.upper()}\nno address\n{TOO_LONG},far@elsewhere.example"
    people = f"Name,Email\nNoor,{noor}\n{wrong}\n{ADA}"
    await journey.during(person.send(MANY, people=people, seat_type="base"))
    assert "Invite 1 person?" in person.page
    assert "The same address as on line 2." in person.page
    assert "Is a member already: Active." in person.page
    assert "Write a whole email address" in person.page
    assert ON_PAGE["name"] in person.page
    assert "missing" not in person.page
    await journey.during(person.send(f"{MANY}/send"))
    assert "1 of 1 invited" in person.page
    await journey.drain()
    assert len(journey.letterbox.invitations("noor@elsewhere.example")) == 1
    await journey.during(person.send(person.at.request.url.path))
    assert "1 of 1 invited" in person.page
    assert (await ada.get("/members"))["counts"]["invited"] == 1


async def test_the_missing_seats_have_one_price_and_are_bought_before_anybody_is_invited(journey: Journey) -> None:
    ada, person = await on_the_form(journey)
    people = "\n".join(f"m{number}@elsewhere.example" for number in range(3))
    await journey.during(person.send(MANY, people=people, seat_type="base"))
    assert "2 Base seats are missing, for everybody to get in." in person.page
    assert "Change: +2 Base seats." in person.page
    assert "Add 2 Base seats and invite 3 people" in person.page
    assert await journey.updates() == [], "a look costs nothing"
    await journey.during(person.send(f"{MANY}/send"))
    assert "3 of 3 invited" in person.page
    await journey.drain()
    assert (await ada.get("/seats"))["base"]["purchased"] == 4
    assert len(await journey.updates()) == 1
    # Open invitations promise their seats: the next list needs one for each of its own.
    await person.open(MANY)
    await journey.during(person.send(MANY, people="one.more@elsewhere.example", seat_type="base"))
    assert "1 Base seat is missing, for everybody to get in." in person.page


async def test_a_declined_card_invites_nobody_and_keeps_the_list(journey: Journey) -> None:
    ada, person = await on_the_form(journey)
    await set_card(journey, "declining")
    await journey.during(person.send(MANY, people="a@elsewhere.example\nb@elsewhere.example", seat_type="base"))
    await journey.during(person.send(f"{MANY}/send"))
    assert person.at.status_code == 402
    assert "a@elsewhere.example" in person.page
    assert (await ada.get("/members"))["counts"]["invited"] == 0


async def test_a_list_that_is_empty_or_too_long_is_not_checked_and_stays_in_the_field(journey: Journey) -> None:
    _, person = await on_the_form(journey)
    await journey.during(person.send(MANY, people=" ", seat_type="base"))
    assert (person.at.status_code, "Nobody on this list can be invited." in person.page) == (422, True)
    people = "\n".join(f"m{number}@elsewhere.example" for number in range(501))
    await journey.during(person.send(MANY, people=people, seat_type="base"))
    assert (person.at.status_code, "m500@elsewhere.example" in person.page) == (422, True)
    assert (await person.open(f"{MANY}/no-list")).status_code == 404


INVITE = "/admin/agency/members/invite"
NOOR = "noor@elsewhere.example"


async def waiting_invitation(journey: Journey) -> tuple[Browser, Visitor]:
    """An invitation that needs a seat whose payment the bank wants confirmed, on the page that says so."""
    ada, person = await on_the_form(journey)
    await set_card(journey, "action_required")
    await person.open(INVITE)
    await journey.during(person.send(INVITE, name="Noor Haddad", email=NOOR, seat_type="voice", role="clinician"))
    assert "Add 1 Voice seat and invite" in person.page or "Add a Voice seat and invite" in person.page
    await journey.during(
        person.send(INVITE, name="Noor Haddad", email=NOOR, seat_type="voice", role="clinician", buy="yes")
    )
    assert "The seats wait for their payment" in person.page
    assert (await ada.get("/members"))["counts"]["invited"] == 0
    return ada, person


async def later(journey: Journey) -> None:
    """Let the list that waits be looked at again."""
    journey.clock.advance(31)
    await journey.during(journey.http.gateway.list_sending.run_once())


async def test_an_invitation_whose_seat_waits_for_a_payment_goes_out_when_the_seat_is_there(journey: Journey) -> None:
    ada, person = await waiting_invitation(journey)
    await later(journey)
    assert (await ada.get("/members"))["counts"]["invited"] == 0
    await journey.stripe.confirm((await newest_invoice(journey))["hosted_invoice_url"])
    await stripe_event(journey, "customer.subscription.pending_update_applied")
    await later(journey)
    await journey.drain()
    await person.open(str(person.at.request.url.path))
    assert "1 of 1 invited" in person.page
    assert len(journey.letterbox.invitations(NOOR)) == 1
    assert (await ada.get("/seats"))["voice"]["purchased"] == 1


async def test_an_invitation_whose_seat_is_not_bought_in_the_end_is_not_sent_and_says_why(journey: Journey) -> None:
    ada, person = await waiting_invitation(journey)
    await journey.during(ada.post("/billing/cancel-change", {}))
    await journey.drain()
    await later(journey)
    await person.open(str(person.at.request.url.path))
    assert "The seats were not bought, so nobody was invited." in person.page
    assert (await ada.get("/members"))["counts"]["invited"] == 0
    assert journey.letterbox.invitations(NOOR) == []
