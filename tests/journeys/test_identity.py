"""Who a mailbox belongs to: strangers type first, spell differently, and decide nothing."""

import asyncio

from tests.support.journey import Browser, Journey, text_of

DOMAIN, OTHER = "harbor.example", "meadow.example"
TESS, SPELLING = f"tess@{DOMAIN}", f"tess+x@{DOMAIN}"


async def opened(journey: Journey, domain: str = DOMAIN, *, base: int = 1, auto_add: bool = True) -> Browser:
    """Open an agency under a signed BAA; return its admin's browser."""
    await journey.open_agency(domain, base=base)
    ada = journey.browser()
    assert (await ada.log_in(f"ada@{domain}")).status_code == 201
    await ada.sign_baa()
    await ada.auto_add(auto_add)
    return ada


async def purchased(ada: Browser) -> tuple[int, int]:
    """The seats that the agency pays for."""
    seats = await ada.get("/seats")
    return seats["base"]["purchased"], seats["voice"]["purchased"]


async def test_a_stranger_who_types_first_decides_neither_name_nor_seat_nor_price(journey: Journey) -> None:
    ada = await opened(journey)
    await journey.browser().sign_up(TESS, "voice", name="Silly Clown")
    tess = journey.browser()
    await tess.sign_up(TESS, "base", name="Tess Lee")
    await journey.drain()
    [row] = (await ada.get("/members?status=pending_login"))["items"]
    assert row["name"] == "Silly Clown", "admins see one row"
    entered = await tess.log_in(TESS)
    assert entered.status_code == 201, entered.text
    await journey.pass_time(2)
    me = await tess.me()
    assert (me["name"], me["status"], me["planType"]) == ("Tess Lee", "active", "base")
    assert await purchased(ada) == (2, 0)
    [bought] = journey.published("seats.seats_auto_added.v1")
    assert bought.data.new_total == 2 * 2999


async def test_in_another_browser_the_person_says_which_sign_up_is_theirs(journey: Journey) -> None:
    ada = await opened(journey, base=2)
    await journey.browser().sign_up(TESS, "voice", name="Silly Clown")
    await journey.browser().sign_up(TESS, "base", name="Tess Lee")
    phone = journey.browser()
    asked = await phone.log_in(TESS)
    assert (asked.status_code, asked.json()["code"]) == (409, "confirm_details")
    assert {option["seatType"] for option in asked.json()["options"]} == {"base", "voice"}
    code = journey.letterbox.code(TESS)
    body = {"email": TESS, "code": code, "name": "Tess Lee", "seatType": "base"}
    assert (await phone.post("/sessions", body)).status_code == 201
    assert (await phone.me())["planType"] == "base"
    assert await purchased(ada) == (2, 0)


async def test_a_spelling_that_others_brought_in_keeps_no_owner_from_the_codes(journey: Journey) -> None:
    await opened(journey, base=5)
    elsewhere = await opened(journey, OTHER, base=5)
    nina = f"nina@{DOMAIN}"
    assert (await journey.browser().join(nina)).status_code == 201
    await elsewhere.invite(f"nina+x@{DOMAIN}")
    await journey.browser().sign_up(SPELLING, "voice", name="Stranger")
    tess = journey.browser()
    await tess.sign_up(TESS, "base", name="Tess")
    for person in (nina, TESS):
        entered = await (tess if person == TESS else journey.browser()).log_in(person)
        assert entered.status_code == 201, entered.text
        assert entered.json()["member"]["email"] == person
    assert not [mail for mail in journey.letterbox.to(SPELLING) if "code" in str(mail["Subject"])]


async def test_one_mailbox_buys_one_seat_however_it_is_spelled(journey: Journey) -> None:
    ada = await opened(journey)
    for number in ("", "+1", "+2", "+work"):
        email = f"eve{number}@{DOMAIN}"
        eve = journey.browser()
        await eve.sign_up(email, "base", name="Eve")
        await eve.post("/login-codes", {"email": email})
        await journey.drain()
        if number == "":
            assert (await eve.log_in(email)).status_code == 201
        await journey.pass_time(3)
    assert await purchased(ada) == (2, 0)
    rows = (await ada.get("/members?q=eve"))["items"]
    assert [row["email"] for row in rows] == [f"eve@{DOMAIN}"]
    # The advice is mailed once an hour for each member.
    [hint] = journey.letterbox.to(f"eve+1@{DOMAIN}")
    assert str(hint["Subject"]) == f"Sign in at Harbor Clinic with eve@{DOMAIN}"
    assert f"Use eve@{DOMAIN} to sign in" in text_of(hint)


async def test_the_loser_of_two_spellings_keeps_no_session_however_late_members_decides(journey: Journey) -> None:
    await opened(journey, base=3)
    rivals = {email: journey.browser() for email in (TESS, SPELLING)}
    for email, browser in rivals.items():
        await browser.sign_up(email, "base", name=f"The owner of {email}")
        await browser.post("/login-codes", {"email": email})
        await journey.drain()
    codes = {email: journey.letterbox.code(email) for email in rivals}
    # Nothing is delivered meanwhile, so that both requests end before members has read a command.
    bodies = {email: {"email": email, "code": codes[email]} for email in rivals}
    entered = await asyncio.gather(
        *(browser.client.post("/api/v1/sessions", json=bodies[email]) for email, browser in rivals.items())
    )
    assert [response.status_code for response in entered] == [201, 201]
    open_pages = [await browser.client.get("/api/v1/me") for browser in rivals.values()]
    assert [response.status_code for response in open_pages] == [200, 200]
    await journey.drain()
    statuses = [(await browser.ask("GET", "/me")).status_code for browser in rivals.values()]
    assert sorted(statuses) == [200, 401]
    [winner] = [browser for browser, status in zip(rivals.values(), statuses, strict=True) if status == 200]
    me = await winner.me()
    assert me["name"] == f"The owner of {me['email']}"


async def test_a_code_requested_at_another_spelling_mails_the_address_to_use(journey: Journey) -> None:
    ada = await opened(journey, base=3)
    assert (await journey.browser().join(TESS)).status_code == 201
    await ada.invite(f"ines+front@{DOMAIN}")
    await journey.browser().sign_up(f"paul+x@{DOMAIN}", name="Stranger")
    phone = journey.browser()
    answers = set()
    for email in (SPELLING, f"ines@{DOMAIN}", f"paul@{DOMAIN}", f"nobody+x@{DOMAIN}", TESS):
        answer = await phone.post("/login-codes", {"email": email})
        answers.add((answer.status_code, answer.content))
    await journey.drain()
    assert len(answers) == 1, "the answer tells nobody who is a member"
    [hint] = journey.letterbox.to(SPELLING)
    assert str(hint["Subject"]) == f"Sign in at Harbor Clinic with {TESS}"
    assert f"asked for a sign-in code at Harbor Clinic with another spelling of {TESS}" in text_of(hint)
    assert f"Use {TESS} to sign in" in text_of(hint)
    [invited] = journey.letterbox.subjects(f"ines@{DOMAIN}")
    assert invited == f"Sign in at Harbor Clinic with ines+front@{DOMAIN}"
    assert journey.letterbox.to(f"paul@{DOMAIN}") == [], "a spelling that a stranger brought in is advised to nobody"
    assert journey.letterbox.to(f"nobody+x@{DOMAIN}") == []
    for number in range(20):
        await journey.browser().post("/login-codes", {"email": f"tess+{number}@{DOMAIN}"})
    await journey.drain()
    hints = [mail for number in range(20) for mail in journey.letterbox.to(f"tess+{number}@{DOMAIN}")]
    assert hints == [], "the mailbox has the advice of this hour"
    assert (await phone.log_in(TESS)).status_code == 201, "and its own codes"


async def test_an_admin_invites_another_spelling_on_purpose(journey: Journey) -> None:
    ada = await opened(journey, base=3)
    assert (await journey.browser().join(TESS)).status_code == 201
    assert (await ada.invite(SPELLING, name="Tess at the front desk")).status_code == 201
    second = journey.browser()
    assert (await second.accept(journey.letterbox.invitations(SPELLING)[-1])).status_code == 201
    assert (await second.me())["email"] == SPELLING
    assert len((await ada.get("/members?q=tess"))["items"]) == 2


async def test_a_wrong_address_of_an_invitation_is_corrected_and_its_link_ends(journey: Journey) -> None:
    ada = await opened(journey, base=2)
    wrong, right = "ida@elsehwere.example", "ida@elsewhere.example"
    member_id = (await ada.invite(wrong)).json()["id"]
    corrected = await ada.ask("PATCH", f"/members/{member_id}", {"email": right, "name": "Ida Novak-Berg"})
    assert corrected.status_code == 200, corrected.text
    await journey.drain()
    old = await journey.browser().accept(journey.letterbox.invitations(wrong)[-1])
    assert (old.status_code, old.json()["code"]) == (401, "link_expired")
    ida = journey.browser()
    assert (await ida.accept(journey.letterbox.invitations(right)[-1])).status_code == 201
    me = await ida.me()
    assert (me["email"], me["name"], me["status"]) == (right, "Ida Novak-Berg", "active")
    taken = await ada.ask("PATCH", f"/members/{member_id}", {"email": wrong})
    assert (taken.status_code, taken.json()["code"]) == (409, "wrong_status"), "a proven address stays"
    sentences = [line["sentence"] for line in (await ada.get("/activity"))["items"]]
    assert any(
        f"corrected the name from Ida Novak to Ida Novak-Berg, address from {wrong}" in line for line in sentences
    )


async def test_a_blocked_member_keeps_waiting_with_the_corrected_seat_type(journey: Journey) -> None:
    ada = await opened(journey, base=1, auto_add=False)
    tess = journey.browser()
    blocked = await tess.join(TESS, "voice")
    assert blocked.json()["member"]["status"] == "blocked"
    member_id = blocked.json()["member"]["id"]
    changed = await ada.ask("PATCH", f"/members/{member_id}", {"seatType": "base"})
    assert (changed.json()["seatType"], changed.json()["status"]) == ("base", "blocked")
    full = await ada.reinvite(member_id)
    assert (full.status_code, full.json()["seatType"]) == (409, "base"), "the corrected type is what is missing"


async def test_a_correction_before_the_first_login_is_what_is_bought(journey: Journey) -> None:
    ada = await opened(journey)
    tess = journey.browser()
    await tess.sign_up(TESS, "voice", name="Tess")
    member_id = (await ada.row(TESS))["id"]
    assert (await ada.ask("PATCH", f"/members/{member_id}", {"seatType": "base"})).status_code == 200
    assert (await tess.log_in(TESS)).status_code == 201
    await journey.pass_time(2)
    assert (await tess.me())["planType"] == "base"
    assert await purchased(ada) == (2, 0)
