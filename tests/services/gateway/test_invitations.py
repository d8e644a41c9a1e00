"""Inviting, re-inviting and accepting at the gateway: links, sessions and responses; the test plays members."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import httpx

from contracts import members as events
from contracts import members_invitations
from contracts.gateway import SignedIn
from contracts.members import MembersCommandRejected
from contracts.members_invitations import AcceptInvite, Invite, Reinvite
from contracts.message import Message, Seats, read_rejection
from contracts.seats import CapacityChanged
from contracts.vocabulary import BlockedReason, MemberStatus, RejectionCode, Role, SeatType
from services.gateway.domain.invitation_limits import DELIBERATE
from tests.support.bus import PublishedMessage
from tests.support.gateway_harness import GOOD_FOR, GatewayHarness

IDA = "ida@elsewhere.example"
WANTED = {"email": IDA, "name": "Ida Invited", "seatType": "voice", "role": "clinician"}


async def opened(front: GatewayHarness) -> httpx.AsyncClient:
    """An agency, and the browser of its admin."""
    await front.agency()
    return await front.sign_in()


def refused(command: PublishedMessage, code: RejectionCode, **figures: int | str | None) -> MembersCommandRejected:
    return MembersCommandRejected(
        command_id=str(command.envelope.id), command_type=command.type, code=code, figures=read_rejection(code, figures)
    )


async def accept(
    front: GatewayHarness, token: str, outcome: Message | None = None, browser: httpx.AsyncClient | None = None
) -> httpx.Response:
    """Follow a link; members says this, or that the seat is theirs."""
    asking = (browser or front.browser()).post("/api/v1/invitations/accept", json={"token": token})
    task = asyncio.ensure_future(asking)
    command = await front.published(AcceptInvite)
    member_id = command.data.member_id
    say = outcome or events.Activated(member_id=member_id, seat_type=SeatType.VOICE, role=Role.CLINICIAN)
    if outcome is None or not isinstance(outcome, MembersCommandRejected):
        accepted = members_invitations.InviteAccepted(
            member_id=member_id, invitation_id=command.data.invitation_id, seat_type=SeatType.VOICE
        )
        await front.handle(accepted, command=command.envelope.id)
    else:
        say = outcome.model_copy(update={"command_id": str(command.envelope.id)})
    await front.handle(say, command=command.envelope.id)
    return await task


async def refusal(front: GatewayHarness, token: str, browser: httpx.AsyncClient | None = None) -> dict[str, Any]:
    """Return the problem of a link that accepts nothing; check that no session begins and no command is sent."""
    sessions = await front.service.pool.fetchval("SELECT count(*) FROM sessions")
    response = await (browser or front.browser()).post("/api/v1/invitations/accept", json={"token": token})
    assert (response.status_code, response.json()["code"]) == (401, "link_expired")
    assert "set-cookie" not in response.headers
    assert await front.service.pool.fetchval("SELECT count(*) FROM sessions") == sessions
    assert AcceptInvite.type not in {message.type for message in await front.service.published()}
    detail: dict[str, Any] = response.json()
    return detail


async def test_the_response_to_an_invite_has_the_invited_row_and_the_list_shows_it(front: GatewayHarness) -> None:
    admin = await opened(front)
    member_id = uuid4()
    asking = admin.post("/api/v1/members", json=WANTED, headers={"Idempotency-Key": "ida"})
    response = await front.answered(asking, Invite, lambda command: front.invited(command, member_id))
    assert response.status_code == 201
    row = response.json()
    assert (row["id"], row["email"], row["status"], row["planType"]) == (str(member_id), IDA, "invited", None)
    assert row["invitedAt"] is not None
    listed = (await admin.get("/api/v1/members?status=invited")).json()
    assert (listed["items"], listed["counts"]["invited"]) == ([row], 1)
    assert (await admin.get("/api/v1/seats")).json()["voice"]["active"] == 0, "the invited hold no seat"


async def test_the_same_key_invites_once_and_gets_the_same_response_whatever_happened_since(
    front: GatewayHarness,
) -> None:
    admin = await opened(front)
    member_id, headers = uuid4(), {"Idempotency-Key": "ida"}
    asking = admin.post("/api/v1/members", json=WANTED, headers=headers)
    first = await front.answered(asking, Invite, lambda command: front.invited(command, member_id))
    await front.activate(member_id)
    again = await admin.post("/api/v1/members", json=WANTED, headers=headers)
    assert again.content == first.content
    assert await front.service.pool.fetchval("SELECT count(*) FROM invitations") == 1
    other = await admin.post("/api/v1/members", json={**WANTED, "seatType": "base"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_the_link_is_sealed_on_the_bus_and_hashed_in_the_database(front: GatewayHarness) -> None:
    admin = await opened(front)
    task = asyncio.ensure_future(admin.post("/api/v1/members", json=WANTED))
    command = await front.published(Invite)
    token = front.link_of(command.data.sealed)
    assert len(token) >= 22, "128 bits or more"
    await front.handle(front.invited(command.data, uuid4()), command=command.envelope.id)
    response = await task
    assert token not in response.text
    for table in ("invitations", "operations", "outbox", "feed"):
        rows = await front.service.pool.fetch(f"SELECT t::text AS text FROM {table} t")
        assert rows
        assert not [row for row in rows if token in row["text"]]


async def test_an_invite_of_a_full_agency_is_rejected_with_the_figures_and_the_next_step(front: GatewayHarness) -> None:
    admin = await opened(front)
    task = asyncio.ensure_future(admin.post("/api/v1/members", json=WANTED))
    command = await front.published(Invite)
    figures: dict[str, int | str | None] = {"seat_type": "voice", "purchased": 5, "active": 5, "waiting": 0}
    await front.handle(refused(command, RejectionCode.NO_SEAT_AVAILABLE, **figures), command=command.envelope.id)
    response = await task
    assert (response.status_code, response.json()["code"]) == (409, "no_seat_available")
    assert response.json()["detail"] == (
        "All 5 Voice seats are taken. Add a Voice seat or remove a member who holds one, then try again."
    )
    assert (response.json()["seatType"], response.json()["purchased"], response.json()["active"]) == ("voice", 5, 5)


async def test_the_rejection_of_an_existing_member_names_the_status(front: GatewayHarness) -> None:
    admin = await opened(front)
    task = asyncio.ensure_future(admin.post("/api/v1/members", json=WANTED))
    command = await front.published(Invite)
    await front.handle(
        refused(command, RejectionCode.ALREADY_MEMBER, status="blocked", member_id=str(uuid4())),
        command=command.envelope.id,
    )
    response = (await task).json()
    assert (response["code"], response["memberStatus"], response["status"]) == ("already_member", "blocked", 409)
    assert "Use Re-invite" in response["detail"]


async def test_one_click_accepts_signs_in_and_rolls_the_browsers_session(front: GatewayHarness) -> None:
    admin = await opened(front)
    ida, token = await front.invite(admin)
    browser = await front.sign_in()
    before = dict(browser.cookies)
    response = await accept(front, token, browser=browser)
    assert response.status_code == 201, response.text
    assert response.json()["member"] | {"id": ""} == {
        "id": "",
        "email": IDA,
        "name": "Ida Invited",
        "status": "active",
        "blockedReason": None,
        "role": "clinician",
        "seatType": "voice",
        "planType": "voice",
    }
    assert (await browser.get("/api/v1/me")).json()["member"]["id"] == str(ida)
    thief = front.browser()
    thief.cookies.update(before)
    assert (await thief.get("/api/v1/me")).status_code == 401
    assert (await front.published(SignedIn)).envelope.actor.member_id is not None


async def test_accepting_when_the_agency_has_become_full_blocks_and_signs_in(front: GatewayHarness) -> None:
    admin = await opened(front)
    ida, token = await front.invite(admin)
    full = events.Blocked(member_id=ida, seat_type=SeatType.VOICE, reason=BlockedReason.NO_SEAT_AVAILABLE)
    browser = front.browser()
    response = await accept(front, token, full, browser)
    assert (response.status_code, response.json()["member"]["status"]) == (201, "blocked")
    assert response.json()["member"]["blockedReason"] == "no_seat_available"
    assert (await browser.get("/api/v1/me")).status_code == 200
    assert (await refusal(front, token))["detail"].startswith("This invitation was accepted already.")


async def test_a_link_works_once_and_says_that_it_was_used(front: GatewayHarness) -> None:
    admin = await opened(front)
    _, token = await front.invite(admin)
    assert (await accept(front, token)).status_code == 201
    assert "accepted already. Sign in" in (await refusal(front, token))["detail"]


async def test_of_two_clicks_in_the_same_instant_one_is_taken(front: GatewayHarness) -> None:
    admin = await opened(front)
    ida, token = await front.invite(admin)
    body = {"token": token}
    both = [asyncio.ensure_future(front.browser().post("/api/v1/invitations/accept", json=body)) for _ in range(2)]
    command = await front.published(AcceptInvite)
    await front.handle(
        events.Activated(member_id=ida, seat_type=SeatType.VOICE, role=Role.CLINICIAN), command=command.envelope.id
    )
    assert sorted([(await request).status_code for request in both]) == [201, 401]
    assert AcceptInvite.type not in {message.type for message in await front.service.published()}


async def test_the_same_key_accepts_once_and_the_session_is_not_given_twice(front: GatewayHarness) -> None:
    admin = await opened(front)
    ida, token = await front.invite(admin)
    browser, headers = front.browser(), {"Idempotency-Key": "click"}

    async def click() -> httpx.Response:
        return await browser.post("/api/v1/invitations/accept", json={"token": token}, headers=headers)

    seat = events.Activated(member_id=ida, seat_type=SeatType.VOICE, role=Role.CLINICIAN)
    assert (await front.answered(click(), AcceptInvite, lambda _order: seat)).status_code == 201
    again = await click()
    assert (again.status_code, again.json()["code"]) == (409, "already_answered")


async def test_a_link_expires_after_its_14_days(front: GatewayHarness) -> None:
    admin = await opened(front)
    _, token = await front.invite(admin)
    front.service.clock.advance(GOOD_FOR.total_seconds() - 1)
    _, fresh = await front.invite(await front.sign_in(), "second@elsewhere.example")
    front.service.clock.advance(1)
    assert (await refusal(front, token))["detail"] == (
        "This invitation has expired. Ask your agency's admin to send you a new one."
    )
    assert (await accept(front, fresh)).status_code == 201


async def test_a_removed_persons_link_and_an_unknown_link_accept_nothing(front: GatewayHarness) -> None:
    admin = await opened(front)
    ida, token = await front.invite(admin)
    await front.handle(events.Removed(member_id=ida, before=MemberStatus.INVITED))
    assert "Ask your agency's admin to send you a new one." in (await refusal(front, token))["detail"]
    assert "We do not know this invitation." in (await refusal(front, "a" * 22))["detail"]


async def test_a_login_with_a_code_ends_the_invitations_link(front: GatewayHarness) -> None:
    admin = await opened(front)
    ida, token = await front.invite(admin)
    await front.activate(ida)
    assert "accepted already" in (await refusal(front, token))["detail"]


async def test_a_get_never_accepts(front: GatewayHarness) -> None:
    admin = await opened(front)
    _, token = await front.invite(admin)
    assert (await front.browser().get("/api/v1/invitations/accept", params={"token": token})).status_code == 405
    assert (await front.browser().get(f"/invite/{token}")).status_code == 200
    assert (await accept(front, token)).status_code == 201


async def test_when_members_rejects_the_acceptance_the_session_ends_and_no_cookie_is_set(front: GatewayHarness) -> None:
    admin = await opened(front)
    _, token = await front.invite(admin)
    sessions = await front.service.pool.fetchval("SELECT count(*) FROM sessions")
    no = MembersCommandRejected(
        command_id=str(uuid4()), command_type=AcceptInvite.type, code=RejectionCode.LINK_EXPIRED
    )
    response = await accept(front, token, no)
    assert (response.status_code, response.json()["code"]) == (401, "link_expired")
    assert "newest email, or ask your agency's admin" in response.json()["detail"]
    assert "set-cookie" not in response.headers
    assert await front.service.pool.fetchval("SELECT count(*) FROM sessions") == sessions


async def test_a_link_is_good_again_when_accepting_it_failed_on_our_side(front: GatewayHarness) -> None:
    admin = await opened(front)
    _, token = await front.invite(admin)
    fault = MembersCommandRejected(
        command_id=str(uuid4()), command_type=AcceptInvite.type, code=RejectionCode.INTERNAL_ERROR
    )
    assert (await accept(front, token, fault)).status_code == 500
    assert (await accept(front, token)).status_code == 201


async def test_a_link_followed_before_its_event_is_projected_gets_503(front: GatewayHarness) -> None:
    admin = await opened(front)
    task = asyncio.ensure_future(admin.post("/api/v1/members", json=WANTED))
    command = await front.published(Invite)
    token = front.link_of(command.data.sealed)
    early = await front.browser().post("/api/v1/invitations/accept", json={"token": token})
    assert (early.status_code, early.json()["code"], early.headers["retry-after"]) == (503, "bus_unavailable", "2")
    await front.handle(front.invited(command.data, uuid4()), command=command.envelope.id)
    await task
    assert (await accept(front, token)).status_code == 201


async def reinvited(
    front: GatewayHarness, admin: httpx.AsyncClient, member_id: UUID, body: dict[str, str] | None = None
) -> tuple[httpx.Response, str]:
    """Re-invite a member as an admin; return the response and the token of the new link."""
    task = asyncio.ensure_future(admin.post(f"/api/v1/members/{member_id}/reinvite", json=body))
    command = await front.published(Reinvite)
    [invitation] = command.data.invitations
    await handle_reinvited(front, command, done=[member_id])
    return await task, front.link_of(invitation.sealed)


async def handle_reinvited(
    front: GatewayHarness,
    command: PublishedMessage,
    *,
    done: list[UUID],
    refused: tuple[members_invitations.NotReinvited, ...] = (),
) -> None:
    """Have the gateway handle the result of a command that re-invites these members."""
    for invitation in command.data.invitations:
        if invitation.member_id in done:
            event = members_invitations.Invited(
                member_id=invitation.member_id,
                invitation_id=invitation.invitation_id,
                email=IDA,
                name="Ida Invited",
                seat_type=command.data.seat_type or SeatType.VOICE,
                role=Role.CLINICIAN,
                sealed=invitation.sealed,
                expires_at=front.service.clock() + GOOD_FOR,
                before=MemberStatus.BLOCKED,
            )
            await front.handle(event, command=command.envelope.id)
    await front.handle(members_invitations.Reinvited(done=tuple(done), rejected=refused), command=command.envelope.id)


async def test_a_reinvited_person_is_invited_with_a_fresh_link_and_the_older_one_is_dead(front: GatewayHarness) -> None:
    admin = await opened(front)
    ida, first = await front.invite(admin)
    response, second = await reinvited(front, admin, ida, {"seatType": "base"})
    assert (response.status_code, response.json()["status"], response.json()["seatType"]) == (200, "invited", "base")
    assert "newer invitation" in (await refusal(front, first))["detail"]
    assert (await accept(front, second)).status_code == 201


async def test_two_reinvitations_at_once_leave_the_newest_link_good(front: GatewayHarness) -> None:
    admin = await opened(front)
    ida, _ = await front.invite(admin)
    both = [asyncio.ensure_future(admin.post(f"/api/v1/members/{ida}/reinvite")) for _ in range(2)]
    commands = [await front.published(Reinvite) for _ in range(2)]
    for command in commands:
        await handle_reinvited(front, command, done=[ida])
    assert [(await request).status_code for request in both] == [200, 200]
    links = [front.link_of(command.data.invitations[0].sealed) for command in commands]
    assert "newer invitation" in (await refusal(front, links[0]))["detail"]
    assert (await accept(front, links[1])).status_code == 201


async def test_links_opened_and_replaced_in_one_batch_are_as_if_they_came_one_by_one(front: GatewayHarness) -> None:
    admin = await opened(front)
    ida, first = await front.invite(admin)
    both = [asyncio.ensure_future(admin.post(f"/api/v1/members/{ida}/reinvite")) for _ in range(2)]
    commands = [await front.published(Reinvite) for _ in range(2)]
    batch = [
        members_invitations.Invited(
            member_id=ida,
            invitation_id=command.data.invitations[0].invitation_id,
            email=IDA,
            name="Ida",
            seat_type=SeatType.BASE,
            role=Role.ADMIN,
            sealed="s",
            expires_at=front.service.clock() + GOOD_FOR,
            before=MemberStatus.INVITED,
        )
        for command in commands
    ]
    sender = front.service.sender
    await front.service.handle_records([sender.record(event, front.agency_id) for event in batch])
    links = [front.link_of(command.data.invitations[0].sealed) for command in commands]
    for dead in (first, links[0]):
        assert "newer invitation" in (await refusal(front, dead))["detail"]
    assert (await accept(front, links[1])).status_code == 201
    for command in commands:
        await front.handle(members_invitations.Reinvited(done=(ida,)), command=command.envelope.id)
    assert {(await request).json()["name"] for request in both} == {"Ida"}


async def test_the_rejection_of_a_single_reinvited_member_is_that_of_the_request_and_of_its_operation(
    front: GatewayHarness,
) -> None:
    admin = await opened(front)
    ida, _ = await front.invite(admin)
    task = asyncio.ensure_future(
        admin.post(f"/api/v1/members/{ida}/reinvite", json={}, headers={"Idempotency-Key": "again"})
    )
    command = await front.published(Reinvite)
    figures: dict[str, int | str | None] = {"seat_type": "base", "purchased": 1, "active": 1, "waiting": 0}
    no = members_invitations.NotReinvited(
        member_id=ida, code=RejectionCode.NO_SEAT_AVAILABLE, figures=read_rejection("no_seat_available", figures)
    )
    await handle_reinvited(front, command, done=[], refused=(no,))
    response = await task
    assert (response.status_code, response.json()["code"], response.json()["purchased"]) == (
        409,
        "no_seat_available",
        1,
    )
    assert response.json()["detail"].startswith("The only Base seat is taken.")
    operation = (await admin.get(f"/api/v1/operations/{command.envelope.id}")).json()
    assert (operation["state"], operation["problem"], operation["result"]) == ("refused", response.json(), None)
    again = await admin.post(f"/api/v1/members/{ida}/reinvite", json={}, headers={"Idempotency-Key": "again"})
    assert again.json() == response.json()


async def test_reinviting_many_members_is_one_command_with_a_result_for_each_in_order(front: GatewayHarness) -> None:
    admin = await opened(front)
    people = [uuid4() for _ in range(4)]
    body = {"ids": [str(member_id) for member_id in people], "seatType": "base"}

    async def ask() -> httpx.Response:
        return await admin.post("/api/v1/members/reinvite", json=body, headers={"Idempotency-Key": "all"})

    task = asyncio.ensure_future(ask())
    command = await front.published(Reinvite)
    assert [invitation.member_id for invitation in command.data.invitations] == people
    assert len({invitation.invitation_id for invitation in command.data.invitations}) == 4
    assert command.data.seat_type is SeatType.BASE
    full: dict[str, int | str | None] = {"seat_type": "base", "purchased": 3, "active": 2, "waiting": 0, "reinvited": 1}
    no = (
        members_invitations.NotReinvited(
            member_id=people[2], code=RejectionCode.NO_SEAT_AVAILABLE, figures=read_rejection("no_seat_available", full)
        ),
        members_invitations.NotReinvited(member_id=people[3], code=RejectionCode.UNKNOWN_MEMBER),
    )
    await front.handle(
        members_invitations.Reinvited(done=(people[0], people[1]), rejected=no), command=command.envelope.id
    )
    response = await task
    assert (response.status_code, response.json()) == (
        200,
        {
            "done": [str(people[0]), str(people[1])],
            "refused": [
                {
                    "id": str(people[2]),
                    "code": "no_seat_available",
                    "detail": "All 3 Base seats are spoken for (2 Active, 1 invited just before)."
                    " Add a Base seat or remove a member who holds one, then try again.",
                },
                {
                    "id": str(people[3]),
                    "code": "unknown_member",
                    "detail": "Your agency has no such member. Refresh the list.",
                },
            ],
        },
    )
    operation = (await admin.get(f"/api/v1/operations/{command.envelope.id}")).json()
    assert (operation["state"], operation["result"]) == ("done", response.json())
    assert (await ask()).content == response.content


async def test_nobody_is_named_twice_and_not_more_than_two_hundred_at_once(front: GatewayHarness) -> None:
    admin = await opened(front)
    member_id = str(uuid4())
    for ids in ([], [member_id, member_id], [str(uuid4()) for _ in range(201)]):
        response = await admin.post("/api/v1/members/reinvite", json={"ids": ids})
        assert (response.status_code, list(response.json()["errors"])) == (422, ["ids"])


async def test_another_agencys_people_are_not_touched_by_a_reinvitation_of_their_ids(front: GatewayHarness) -> None:
    admin = await opened(front)
    ida, token = await front.invite(admin)
    await front.agency(agency=uuid4(), domain="other.example")
    stranger = await front.sign_in("ada@other.example")
    task = asyncio.ensure_future(stranger.post(f"/api/v1/members/{ida}/reinvite"))
    command = await front.published(Reinvite)
    no = members_invitations.NotReinvited(member_id=ida, code=RejectionCode.UNKNOWN_MEMBER)
    await front.handle(
        members_invitations.Reinvited(rejected=(no,)), command=command.envelope.id, agency=command.envelope.agency_id
    )
    assert (await task).json()["code"] == "unknown_member"
    assert (await accept(front, token)).status_code == 201


async def test_a_code_from_before_a_removal_does_not_sign_in_after_a_new_invitation(
    front: GatewayHarness,
) -> None:
    admin = await opened(front)
    noor = await front.signed_up()
    await front.activate(noor)
    browser, email = front.browser(), "noor@harbor.example"
    mail = await front.mailed(browser, email)
    front.service.clock.advance(1)
    await front.handle(events.Removed(member_id=noor, before=MemberStatus.ACTIVE))
    front.service.clock.advance(1)
    task = asyncio.ensure_future(admin.post("/api/v1/members", json={**WANTED, "email": email, "role": "admin"}))
    command = await front.published(Invite)
    await front.handle(front.invited(command.data, noor, MemberStatus.REMOVED), command=command.envelope.id)
    back = (await task).json()
    assert (back["id"], back["status"], back["role"], back["name"]) == (str(noor), "invited", "admin", "Ida Invited")
    by_code = await browser.post("/api/v1/sessions", json={"email": email, "code": mail["code"]})
    assert (by_code.status_code, by_code.json()["code"]) == (401, "invalid_code")
    by_link = await front.browser().post("/api/v1/sessions", json={"token": mail["link"].rpartition("/")[2]})
    assert (by_link.status_code, by_link.json()["code"]) == (401, "link_expired")
    fresh = await front.mailed(browser, email)
    await front.published(events.RecordLogin)  # the admin's own
    asking = browser.post("/api/v1/sessions", json={"email": email, "code": fresh["code"]})
    seat = events.Activated(member_id=noor, seat_type=SeatType.VOICE, role=Role.ADMIN)
    response = await front.answered(asking, events.RecordLogin, lambda _order: seat)
    assert (response.status_code, response.json()["operation"]) == (201, None)


async def test_a_session_of_before_a_removal_stays_ended_when_the_person_is_invited_back_and_in(
    front: GatewayHarness,
) -> None:
    await front.agency()
    noor = await front.signed_up()
    await front.activate(noor)
    before = await front.sign_in("noor@harbor.example")
    assert (await before.get("/api/v1/me")).status_code == 200
    await front.handle(events.Removed(member_id=noor, before=MemberStatus.ACTIVE))
    assert (await before.get("/api/v1/me")).status_code == 401
    back = members_invitations.Invited(
        member_id=noor,
        invitation_id=uuid4(),
        email="noor@harbor.example",
        name="Noor",
        seat_type=SeatType.VOICE,
        role=Role.ADMIN,
        sealed="sealed",
        expires_at=front.service.clock() + GOOD_FOR,
        before=MemberStatus.REMOVED,
    )
    await front.handle(back)
    await front.activate(noor, Role.ADMIN)
    assert (await before.get("/api/v1/me")).json()["code"] == "not_signed_in"


async def test_a_removal_in_one_agency_leaves_the_codes_of_the_other_good(front: GatewayHarness) -> None:
    await front.agency()
    email, other = "noor@harbor.example", uuid4()
    noor = await front.signed_up(email)
    await front.activate(noor)
    await front.agency(agency=other, domain="other.example")
    there = uuid4()
    await front.handle(
        events.SignedUp(member_id=there, email=email, name="Noor", seat_type=SeatType.BASE), agency=other
    )
    await front.handle(events.Activated(member_id=there, seat_type=SeatType.BASE, role=Role.CLINICIAN), agency=other)
    browser = front.browser()
    mail = await front.mailed(browser, email)
    front.service.clock.advance(1)
    await front.handle(events.Removed(member_id=noor, before=MemberStatus.ACTIVE))
    response = await browser.post("/api/v1/sessions", json={"email": email, "code": mail["code"]})
    assert (response.status_code, response.json()["member"]["id"]) == (201, str(there))


async def test_an_invitations_link_has_a_page_with_one_button_that_leads_in(front: GatewayHarness) -> None:
    admin = await opened(front)
    ida, token = await front.invite(admin)
    browser = front.browser()
    page = await browser.get(f"/invite/{token}")
    assert page.status_code == 200
    assert page.text.count('<button type="submit"') == 1
    task = asyncio.ensure_future(browser.post(f"/invite/{token}", data={"key": "click"}))
    command = await front.published(AcceptInvite)
    seat = events.Activated(member_id=ida, seat_type=SeatType.VOICE, role=Role.CLINICIAN)
    await front.handle(seat, command=command.envelope.id)
    response = await task
    assert (response.status_code, response.headers["location"]) == (303, "/welcome")
    assert "Ida Invited" in (await browser.get("/welcome")).text
    again = await browser.post(f"/invite/{token}")
    assert (again.status_code, "accepted already" in again.text) == (401, True)
    late = await front.browser().post(f"/invite/{token}")
    assert (late.status_code, "accepted already" in late.text) == (401, True)
    assert 'href="/login"' in late.text
    odd = await front.browser().post("/invite/not.a.token")
    assert (odd.status_code, "We do not know this invitation" in odd.text) == (401, True)


async def listed(front: GatewayHarness, emails: Sequence[str]) -> list[str]:
    """Add members with these addresses; return their ids."""
    ids = [uuid4() for _ in emails]
    signed_up = [
        events.SignedUp(member_id=member_id, email=email, name="Ida", seat_type=SeatType.VOICE)
        for member_id, email in zip(ids, emails, strict=True)
    ]
    await front.service.handle_records([front.service.sender.record(event, front.agency_id) for event in signed_up])
    return [str(member_id) for member_id in ids]


async def test_an_agencys_invitations_of_a_day_grow_with_its_purchased_seats(front: GatewayHarness) -> None:
    admin = await opened(front)
    front.http.gateway.operations.patience = 0
    most = front.settings.invitations_per_agency + 4 * front.settings.invitations_per_seat
    for number in range(most):
        invitation = {**WANTED, "email": f"ida{number}@elsewhere.example"}
        assert (await admin.post("/api/v1/members", json=invitation)).status_code == 202
    once_more = await admin.post("/api/v1/members", json=WANTED)
    assert (once_more.status_code, once_more.json()["code"]) == (429, "too_many_attempts")
    assert once_more.json()["detail"].startswith("Your agency sent as many invitations today as its seats allow.")
    assert int(once_more.headers["retry-after"]) == once_more.json()["retryAfter"] == 15 * 3600 + 1
    await front.agency(agency=uuid4(), domain="other.example")
    stranger = await front.sign_in("ada@other.example")
    assert (await stranger.post("/api/v1/members", json=WANTED)).status_code == 202, "another agency's are its own"
    await front.handle(CapacityChanged(purchased=Seats(base=4, voice=1), incoming=Seats(), waiting=Seats()))
    seat_more = [
        (await admin.post("/api/v1/members", json={**WANTED, "email": f"ida{most + number}@elsewhere.example"}))
        for number in range(front.settings.invitations_per_seat + 1)
    ]
    assert [response.status_code for response in seat_more] == [202] * front.settings.invitations_per_seat + [429]
    front.service.clock.advance(15 * 3600)
    admin = await front.sign_in()
    assert (await admin.post("/api/v1/members", json=WANTED)).status_code == 202


async def test_an_import_of_500_people_into_paid_seats_and_two_rounds_of_reinvitations_are_never_stopped(
    front: GatewayHarness,
) -> None:
    await front.agency(base=500, voice=0)
    admin = await front.sign_in()
    front.http.gateway.operations.patience = 0
    emails = [f"ida{number}@elsewhere.example" for number in range(500)]
    for start in range(0, 500, 25):
        answers = await asyncio.gather(
            *(admin.post("/api/v1/members", json={**WANTED, "email": email}) for email in emails[start : start + 25])
        )
        assert {answer.status_code for answer in answers} == {202}
    ids = await listed(front, emails)
    for _ in range(2):
        for start in range(0, 500, 100):
            bulk = {"ids": ids[start : start + 100]}
            assert (await admin.post("/api/v1/members/reinvite", json=bulk)).status_code == 202


async def test_a_person_is_invited_five_times_a_day_and_the_rejection_names_whom_to_leave_out(
    front: GatewayHarness,
) -> None:
    admin = await opened(front)
    front.http.gateway.operations.patience = 0
    ida, noor = await listed(front, [IDA, "noor@harbor.example"])
    for number in range(front.settings.invitations_per_person):
        plus = IDA.replace("@", f"+{number}@")  # The same mailbox, whatever its spelling.
        answer = await admin.post("/api/v1/members", json={**WANTED, "email": plus})
        assert answer.status_code == 202
    both = await admin.post("/api/v1/members/reinvite", json={"ids": [noor, ida]})
    assert (both.status_code, both.json()["code"]) == (429, "too_many_attempts")
    assert both.json()["detail"].startswith(f"{IDA} got several invitations today.")
    assert (await admin.post("/api/v1/members/reinvite", json={"ids": [noor]})).status_code == 202
    for _ in range(4):
        assert (await admin.post(f"/api/v1/members/{noor}/reinvite")).status_code == 202, "the rejected one is free"


async def test_other_agencies_cannot_use_up_the_invitations_that_an_admin_sends_on_purpose(
    front: GatewayHarness,
) -> None:
    admin = await opened(front)
    front.http.gateway.operations.patience = 0
    sent = 0
    for number in range(6):
        await front.agency(agency=uuid4(), domain=f"other{number}.example")
        stranger = await front.sign_in(f"ada@other{number}.example")
        for _ in range(front.settings.invitations_per_person):
            sent += (await stranger.post("/api/v1/members", json=WANTED)).status_code == 202
    assert sent == 6 * DELIBERATE + front.settings.invitations_per_mailbox
    answers = [(await admin.post("/api/v1/members", json=WANTED)).status_code for _ in range(3)]
    assert answers == [202, 202, 429]


async def test_an_invitation_that_is_repeated_with_its_key_counts_once(front: GatewayHarness) -> None:
    admin = await opened(front)
    front.http.gateway.operations.patience = 0
    for _ in range(front.settings.invitations_per_person + 3):
        answer = await admin.post("/api/v1/members", json=WANTED, headers={"Idempotency-Key": "once"})
        assert answer.status_code == 202
    assert (await admin.post("/api/v1/members", json=WANTED)).status_code == 202


async def test_an_old_invitation_is_deleted_and_its_link_is_like_an_unknown_one(front: GatewayHarness) -> None:
    admin = await opened(front)
    _, token = await front.invite(admin)
    front.service.clock.advance(GOOD_FOR.total_seconds() + 31 * 24 * 3600)
    await front.http.gateway.tidy()
    assert await front.service.pool.fetchval("SELECT count(*) FROM invitations") == 0
    assert "too old" in (await refusal(front, token))["detail"]
