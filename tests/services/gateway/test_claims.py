"""Whose sign-up counts, and which address gets the mail, at the gateway."""

from functools import partial
from uuid import UUID, uuid4

import httpx
import pytest

from contracts import members as events
from contracts import members_invitations
from contracts.members import Details, DetailsChanged, Pick, RecordLogin, SignUp
from contracts.notifier import Send
from contracts.vocabulary import MemberStatus, Proof, Role, SeatType
from services.gateway.domain.first_pick import MOST_CLAIMS
from tests.support.gateway_harness import GatewayHarness

EMAIL, SPELLING = "tess@harbor.example", "tess+x@harbor.example"
TESS = {"email": EMAIL, "name": "Tess", "seatType": "base"}
CLOWN = {"email": EMAIL, "name": "Silly Clown", "seatType": "voice"}
ROW = Details(email=SPELLING, name="Silly Clown", seat_type=SeatType.VOICE)


def _entered(member_id: UUID, command: SignUp) -> events.SignedUp:
    return events.SignedUp(member_id=member_id, **command.model_dump())


def _claimed(member_id: UUID, command: SignUp) -> events.SignUpClaimed:
    return events.SignUpClaimed(member_id=member_id, **command.model_dump())


async def claims(front: GatewayHarness, browser: httpx.AsyncClient, member_id: UUID, body: dict[str, str]) -> None:
    """Sign up for a Pending login that exists already."""
    answer = await front.answered(browser.post("/api/v1/signups", json=body), SignUp, partial(_claimed, member_id))
    assert answer.status_code == 201, answer.text


async def strangers_row(front: GatewayHarness, **changes: str) -> UUID:
    """The Pending login of a mailbox that a stranger has signed up, as Silly Clown with a Voice seat."""
    member_id = uuid4()
    signing = front.browser("198.51.100.66").post("/api/v1/signups", json={**CLOWN, "email": SPELLING, **changes})
    assert (await front.answered(signing, SignUp, partial(_entered, member_id))).status_code == 201
    return member_id


async def proves(
    front: GatewayHarness, browser: httpx.AsyncClient, email: str = EMAIL, **body: str
) -> tuple[httpx.Response, RecordLogin | None]:
    """Request a code and give it; return the response and the command that it sent."""
    mail = await front.mailed(browser, email)
    return await gives(front, browser, {"email": email, "code": mail["code"], **body})


async def gives(
    front: GatewayHarness, browser: httpx.AsyncClient, body: dict[str, str]
) -> tuple[httpx.Response, RecordLogin | None]:
    """Post a session; return the response and the command that it sent."""
    front.http.gateway.operations.patience = 0
    response = await browser.post("/api/v1/sessions", json=body)
    sent = [message.data for message in await front.service.published() if message.type == RecordLogin.type]
    return response, sent[0] if sent else None


async def count(front: GatewayHarness, table: str = "claims") -> int:
    return int(await front.service.pool.fetchval(f"SELECT count(*) FROM {table}"))


async def test_the_pick_of_the_browser_that_proves_counts_though_a_stranger_typed_first(front: GatewayHarness) -> None:
    await front.agency()
    member_id = await strangers_row(front)
    person = front.browser()
    await claims(front, person, member_id, TESS)
    response, command = await proves(front, person)
    assert response.status_code == 201, response.text
    assert command is not None
    assert command.pick == Pick(email=EMAIL, name="Tess", seat_type=SeatType.BASE, instead_of=ROW)
    assert command.member_id == member_id


async def test_the_strangers_own_browser_proves_nothing_with_the_persons_code(front: GatewayHarness) -> None:
    await front.agency()
    member_id = await strangers_row(front)
    person, stranger = front.browser(), front.browser("198.51.100.66")
    await claims(front, person, member_id, TESS)
    await claims(front, stranger, member_id, CLOWN)
    mail = await front.mailed(person, EMAIL)
    response, command = await gives(front, stranger, {"email": EMAIL, "code": mail["code"]})
    assert (response.status_code, command) == (401, None)


async def test_a_person_corrects_the_pick_by_signing_up_again_in_the_same_browser(front: GatewayHarness) -> None:
    await front.agency()
    member_id = await strangers_row(front)
    person = front.browser()
    await claims(front, person, member_id, {**TESS, "seatType": "voice"})
    await claims(front, person, member_id, {**TESS, "name": "Tess Lee"})
    _, command = await proves(front, person)
    assert command is not None
    assert command.pick is not None
    assert (command.pick.name, command.pick.seat_type) == ("Tess Lee", SeatType.BASE)
    assert await count(front) == 2, "a browser has one sign-up for an address"


async def test_in_another_browser_the_person_is_asked_and_the_same_code_serves_the_answer(
    front: GatewayHarness,
) -> None:
    await front.agency()
    member_id = await strangers_row(front)
    await claims(front, front.browser(), member_id, TESS)
    phone = front.browser("198.51.100.7")
    mail = await front.mailed(phone, EMAIL)
    body = {"email": EMAIL, "code": mail["code"]}
    asked, command = await gives(front, phone, body)
    assert (asked.status_code, asked.json()["code"], command) == (409, "confirm_details", None)
    assert asked.json()["options"] == [
        {"name": "Tess", "seatType": "base"},
        {"name": "Silly Clown", "seatType": "voice"},
    ]
    wrong, _ = await gives(front, phone, {**body, "code": "abcd"})
    assert wrong.status_code == 422
    said, command = await gives(front, phone, {**body, "name": "Tess Lee", "seatType": "base"})
    assert said.status_code == 201, said.text
    assert command is not None
    assert command.pick == Pick(email=EMAIL, name="Tess Lee", seat_type=SeatType.BASE, instead_of=ROW)


async def test_a_wrong_code_learns_nothing_of_the_sign_ups(front: GatewayHarness) -> None:
    await front.agency()
    member_id = await strangers_row(front)
    await claims(front, front.browser(), member_id, TESS)
    phone = front.browser("198.51.100.7")
    mail = await front.mailed(phone, EMAIL)
    wrong = f"{(int(mail['code']) + 1) % 10_000:04}"
    response, _ = await gives(front, phone, {"email": EMAIL, "code": wrong, "name": "Eve", "seatType": "voice"})
    assert (response.status_code, response.json()["code"]) == (401, "invalid_code")
    assert "options" not in response.json()


async def test_a_link_counts_in_the_browser_that_opens_it(front: GatewayHarness) -> None:
    await front.agency()
    member_id = await strangers_row(front)
    person, phone = front.browser(), front.browser("198.51.100.7")
    await claims(front, person, member_id, TESS)
    stranger = front.browser("198.51.100.66")
    await claims(front, stranger, member_id, CLOWN)
    token = (await front.mailed(stranger, EMAIL))["link"].rpartition("/")[2]
    asked, _ = await gives(front, phone, {"token": token})
    assert (asked.status_code, asked.json()["code"]) == (409, "confirm_details")
    response, command = await gives(front, person, {"token": token})
    assert response.status_code == 201
    assert command is not None
    assert command.pick is not None
    assert command.pick.seat_type is SeatType.BASE


async def test_sign_ups_that_agree_need_no_question(front: GatewayHarness) -> None:
    await front.agency()
    member_id = await strangers_row(front, name="Tess", seatType="base")
    await claims(front, front.browser(), member_id, TESS)
    response, command = await proves(front, front.browser("198.51.100.7"))
    assert response.status_code == 201
    assert command is not None
    assert command.pick is not None
    assert (command.pick.email, command.pick.name) == (EMAIL, "Tess")


async def test_codes_go_to_the_typed_spelling_alone(front: GatewayHarness) -> None:
    await front.agency()
    member_id = await strangers_row(front)
    stranger = front.browser("198.51.100.66")
    assert (await stranger.post("/api/v1/login-codes", json={"email": EMAIL})).status_code == 202
    await front.http.gateway.code_mails.run_once()
    assert await front.service.published() == [], "nobody has signed up this spelling"
    await claims(front, front.browser(), member_id, TESS)
    for email in (EMAIL, SPELLING):
        assert "code" in await front.mailed(front.browser(), email)


async def test_a_code_proves_the_spelling_that_it_was_mailed_to(front: GatewayHarness) -> None:
    await front.agency()
    member_id = await strangers_row(front)
    person = front.browser()
    await claims(front, person, member_id, TESS)
    mail = await front.mailed(person, SPELLING)
    response, command = await gives(front, person, {"email": EMAIL, "code": mail["code"]})
    assert (response.status_code, command) == (401, None)


async def test_another_agencys_rows_never_keep_an_owner_from_the_codes(front: GatewayHarness) -> None:
    await front.agency()
    await front.agency(agency=uuid4(), domain="other.example")
    member_id = await front.signed_up(EMAIL, "Tess")
    await front.activate(member_id)
    other = uuid4()
    invited = members_invitations.Invited(
        member_id=other, invitation_id=uuid4(), email=SPELLING, name="X", seat_type=SeatType.BASE,
        role=Role.CLINICIAN, sealed="sealed", expires_at=front.service.clock(),
    )  # fmt: skip
    await front.handle(invited, agency=uuid4())
    browser = await front.sign_in(EMAIL)
    assert (await browser.get("/api/v1/me")).json()["member"]["id"] == str(member_id)


async def test_after_the_first_login_only_the_proven_spelling_is_the_members(front: GatewayHarness) -> None:
    await front.agency()
    member_id = await strangers_row(front)
    await claims(front, front.browser(), member_id, TESS)
    changed = DetailsChanged(member_id=member_id, email=EMAIL, name="Tess", seat_type=SeatType.BASE, before=ROW)
    await front.handle(changed)
    await front.handle(events.FirstLogin(member_id=member_id, seat_type=SeatType.BASE))
    assert await count(front) == 0
    browser = front.browser()
    await browser.post("/api/v1/login-codes", json={"email": SPELLING})
    await front.http.gateway.code_mails.run_once()
    assert Send.type not in {message.type for message in await front.service.published()}
    assert "code" in await front.mailed(browser, EMAIL)


async def test_a_batch_that_holds_a_whole_first_login_leaves_no_claim(front: GatewayHarness) -> None:
    await front.agency()
    member_id, sender = uuid4(), front.service.sender
    row = ROW.model_dump()
    batch = [
        events.SignedUp(member_id=member_id, **row),
        events.SignUpClaimed(member_id=member_id, email=EMAIL, name="Tess", seat_type=SeatType.BASE),
        DetailsChanged(member_id=member_id, email=EMAIL, name="Tess", seat_type=SeatType.BASE, before=ROW),
        events.FirstLogin(member_id=member_id, seat_type=SeatType.BASE),
    ]
    await front.service.handle_records([sender.record(event, front.agency_id) for event in batch])
    assert await count(front) == 0
    shown = await front.service.pool.fetchrow("SELECT email, name, seat_type FROM members WHERE name = 'Tess'")
    assert tuple(shown or ()) == (EMAIL, "Tess", "base")


@pytest.mark.parametrize(
    ("corrected", "name", "seat_type"),
    [({"name": "Tess Lee"}, "Tess Lee", "base"), ({"seat_type": SeatType.VOICE}, "Tess", "voice")],
)
async def test_an_admins_correction_counts_in_every_browser_until_its_person_signs_up_again(
    front: GatewayHarness, corrected: dict[str, str], name: str, seat_type: str
) -> None:
    await front.agency()
    member_id = await strangers_row(front, seatType="base")
    person = front.browser()
    await claims(front, person, member_id, TESS)
    before = {**ROW.model_dump(), "seat_type": SeatType.BASE}
    changed = DetailsChanged(
        member_id=member_id,
        **{**before, **corrected},
        before=Details(**before),
    )
    await front.handle(changed)
    _, command = await proves(front, person)
    assert command is not None
    assert command.pick is not None
    assert (command.pick.name, command.pick.seat_type) == (name, seat_type)


async def test_an_admins_new_address_ends_the_sign_ups_for_the_old_one(front: GatewayHarness) -> None:
    await front.agency()
    member_id = await strangers_row(front)
    new = "tess.lee@harbor.example"
    await front.handle(DetailsChanged(member_id=member_id, **{**ROW.model_dump(), "email": new}, before=ROW))
    assert await count(front) == 0
    stranger = front.browser("198.51.100.66")
    await stranger.post("/api/v1/login-codes", json={"email": SPELLING})
    await front.http.gateway.code_mails.run_once()
    assert Send.type not in {message.type for message in await front.service.published()}
    assert "code" in await front.mailed(front.browser(), new)


@pytest.mark.parametrize("after", ["removed", "invited"])
async def test_a_removal_and_an_invitation_end_the_sign_ups(front: GatewayHarness, after: str) -> None:
    await front.agency()
    member_id = await strangers_row(front)
    if after == "removed":
        await front.handle(events.Removed(member_id=member_id, before=MemberStatus.PENDING_LOGIN))
    else:
        invited = members_invitations.Invited(
            member_id=member_id, invitation_id=uuid4(), email=SPELLING, name="Tess", seat_type=SeatType.BASE,
            role=Role.ADMIN, sealed="sealed", expires_at=front.service.clock(), before=MemberStatus.PENDING_LOGIN,
        )  # fmt: skip
        await front.handle(invited)
    assert await count(front) == 0


async def test_a_flood_of_sign_ups_keeps_the_newest_and_the_person_signs_up_once_more(front: GatewayHarness) -> None:
    await front.agency()
    member_id, sender = await strangers_row(front), front.service.sender
    person = front.browser()
    await claims(front, person, member_id, TESS)
    flood = [
        events.SignUpClaimed(
            member_id=member_id, email=f"tess+{number}@harbor.example", name="X", seat_type=SeatType.VOICE
        )
        for number in range(MOST_CLAIMS + 5)
    ]
    await front.service.handle_records([sender.record(claim, front.agency_id) for claim in flood])
    assert await count(front) == MOST_CLAIMS
    await claims(front, person, member_id, TESS)
    _, command = await proves(front, person)
    assert command is not None
    assert command.pick is not None
    assert command.pick.name == "Tess"


async def test_a_lost_read_model_forgets_only_whose_browser_it_was(front: GatewayHarness) -> None:
    await front.agency()
    member_id = await strangers_row(front)
    person = front.browser()
    await claims(front, person, member_id, TESS)
    await front.service.pool.execute("UPDATE claims SET browser_hash = NULL")
    asked, _ = await proves(front, person)
    assert (asked.status_code, asked.json()["code"]) == (409, "confirm_details")


async def test_a_sign_up_repeated_with_its_key_is_one_sign_up_with_and_without_the_cookie(
    front: GatewayHarness,
) -> None:
    await front.agency()
    person = front.browser()
    key = {"Idempotency-Key": "mine"}
    signing = person.post("/api/v1/signups", json=TESS, headers=key)
    first = await front.answered(signing, SignUp, partial(_entered, uuid4()))
    again = await person.post("/api/v1/signups", json=TESS, headers=key)
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert SignUp.type not in {message.type for message in await front.service.published()}


async def test_a_sign_up_that_still_runs_is_asked_for_with_the_new_cookie(front: GatewayHarness) -> None:
    await front.agency()
    front.http.gateway.operations.patience = 0
    person = front.browser()
    running = await person.post("/api/v1/signups", json=TESS)
    assert running.status_code == 202
    assert (await person.get(running.headers["Location"])).json()["state"] == "running"


async def test_a_login_that_is_not_the_first_carries_no_pick(front: GatewayHarness) -> None:
    await front.agency()
    member_id = await front.signed_up(EMAIL, "Tess")
    await front.activate(member_id)
    response, command = await proves(front, front.browser(), name="Eve", seatType="voice")
    assert response.status_code == 201
    assert command == RecordLogin(member_id=member_id, proof=Proof.CODE, pick=None)
