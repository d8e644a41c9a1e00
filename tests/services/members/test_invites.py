"""The members service on a real database: invites, accepted invites, and re-invites."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.members import Remove
from contracts.members_agencies import AddAdmin
from contracts.members_invitations import AcceptInvite, Invite, NewInvitation, Reinvite
from contracts.message import Message, Seats
from contracts.seats import CapacityChanged, SeatAssigned, SeatDenied, SeatReleased, SeatSwapped
from contracts.vocabulary import OPERATOR, BlockedReason, FrozenReason, RejectionCode, Role, SeatType, member
from tests.services.members.test_members import founded, login, result_of, sign_up, signature, waiting
from tests.support.bus import PublishedMessage
from tests.support.one_service import OneService

BASE, VOICE = SeatType.BASE, SeatType.VOICE
FULL = BlockedReason.NO_SEAT_AVAILABLE


class Agency:
    """An agency under a signed BAA with Ada, its Active admin, in its one Voice seat; Base seats are free."""

    def __init__(self, service: OneService, agency_id: UUID, ada: UUID) -> None:
        self.service, self.id, self.ada = service, agency_id, ada

    async def ask(self, message: Message, **how: Any) -> list[PublishedMessage]:  # noqa: ANN401  as `handle` takes it
        await self.service.handle(message, self.id, **{"actor": member(self.ada)} | how)
        return await self.service.published()

    async def purchased(self, base: int, voice: int = 1, **more: Any) -> None:  # noqa: ANN401  the event's fields
        seats = Seats(base=base, voice=voice)
        await self.service.handle(
            CapacityChanged(purchased=seats, incoming=Seats(), **{"waiting": Seats()} | more), self.id
        )

    async def invite(self, email: str = "noor@elsewhere.example", **more: Any) -> PublishedMessage:  # noqa: ANN401  as above
        command: dict[str, Any] = {"invitation_id": uuid4(), "email": email, "name": "Noor", "seat_type": BASE}
        command |= {"role": Role.CLINICIAN, "sealed": "sealed"} | more
        return one(await self.ask(Invite(**command)))

    async def reinvite(self, *who: UUID, seat_type: SeatType | None = None) -> list[PublishedMessage]:
        fresh = tuple(
            NewInvitation(invitation_id=uuid4(), member_id=member_id, sealed=f"fresh-{member_id}") for member_id in who
        )
        return await self.ask(Reinvite(invitations=fresh, seat_type=seat_type))

    async def accept(self, invited: PublishedMessage, command_id: UUID | None = None) -> PublishedMessage:
        command = AcceptInvite(member_id=invited.data.member_id, invitation_id=invited.data.invitation_id)
        return one(await self.ask(command, id=command_id, actor=member(invited.data.member_id)))

    async def seat(self, who: UUID, command_id: UUID, seat_type: SeatType = BASE) -> list[PublishedMessage]:
        return await self.ask(SeatAssigned(member_id=who, seat_type=seat_type), correlation_id=command_id)

    async def deny(self, who: UUID, command_id: UUID) -> list[PublishedMessage]:
        return await self.ask(SeatDenied(member_id=who, seat_type=BASE, reason=FULL), correlation_id=command_id)

    async def blocked(self, email: str) -> UUID:
        """Somebody whose first login found no seat."""
        bo, command = await waiting(self.service, self.id, email)
        await self.deny(bo, command)
        return bo


def one(published: Sequence[PublishedMessage]) -> PublishedMessage:
    (only_one,) = published
    return only_one


def of(published: Sequence[PublishedMessage], name: str) -> list[PublishedMessage]:
    return [message for message in published if message.type == f"members.{name}.v1"]


@pytest.fixture
async def agency(service: OneService) -> Agency:
    agency_id, ada = await founded(service)
    made = Agency(service, agency_id, ada)
    await made.purchased(base=2)
    await made.ask(signature())
    return made


async def test_an_invite_is_published_with_a_sealed_link_that_is_valid_for_14_days(agency: Agency) -> None:
    link = uuid4()
    invited = await agency.invite("Noor+work@Elsewhere.example", invitation_id=link, seat_type=BASE, role=Role.ADMIN)
    assert invited.type == "members.invited.v1"
    data = invited.data
    assert (data.email, data.name, data.seat_type, data.role) == (
        "noor+work@elsewhere.example",
        "Noor",
        BASE,
        Role.ADMIN,
    )
    assert (data.invitation_id, data.sealed, data.before) == (link, "sealed", None)
    assert data.expires_at == agency.service.clock.now + timedelta(days=14)
    assert (invited.envelope.actor, invited.envelope.correlation_id) == (
        member(agency.ada),
        invited.envelope.causation_id,
    )


async def test_an_invite_without_a_free_seat_is_rejected_with_the_figures_and_enters_nobody(agency: Agency) -> None:
    refused = await agency.invite(seat_type=VOICE)
    assert (refused.type, refused.data.code) == ("members.command_rejected.v1", RejectionCode.NO_SEAT_AVAILABLE)
    assert refused.data.figures.as_json() == {"seat_type": "voice", "purchased": 1, "active": 1, "waiting": 0}
    await agency.purchased(base=2, voice=2)
    assert (await agency.invite(seat_type=VOICE)).data.before is None, "they were not entered before"


async def test_waiting_members_get_the_free_seats_first(agency: Agency) -> None:
    await agency.purchased(base=2, waiting=Seats(base=2))
    refused = await agency.invite()
    assert (refused.data.code, refused.data.figures.as_json()["waiting"]) == (RejectionCode.NO_SEAT_AVAILABLE, 2)


async def test_while_seats_of_a_type_are_frozen_nobody_is_invited_to_one(agency: Agency) -> None:
    await agency.purchased(base=2, voice=0, frozen=FrozenReason.SEATS_REDUCED_ELSEWHERE)
    refused = await agency.invite(seat_type=VOICE)
    assert refused.data.code == RejectionCode.SEATS_REDUCED_ELSEWHERE
    assert refused.data.figures.as_json()["frozen"] == "seats_reduced_elsewhere"
    # The free Base seat is none of the business of the Voice seats.
    assert (await agency.invite()).type == "members.invited.v1"
    await agency.purchased(base=0, voice=0, frozen=FrozenReason.SUBSCRIPTION_CANCELED)
    gone = await agency.invite(email="jim@elsewhere.example")
    assert gone.data.code == RejectionCode.SEATS_REDUCED_ELSEWHERE


async def test_the_count_of_active_members_follows_seats_given_swapped_and_given_up(agency: Agency) -> None:
    bo, command = await waiting(agency.service, agency.id)
    await agency.seat(bo, command)
    changed = one(await agency.ask(SeatSwapped(member_id=agency.ada, before=VOICE, seat_type=BASE)))
    assert (changed.type, changed.data.before, changed.data.plan_type) == ("members.plan_type_changed.v1", VOICE, BASE)
    refused = await agency.invite()
    assert refused.data.figures.as_json() == {"seat_type": "base", "purchased": 2, "active": 2, "waiting": 0}
    assert (await agency.invite(seat_type=VOICE)).type == "members.invited.v1"
    await agency.ask(Remove(member_id=bo))
    assert (await agency.invite("cy@elsewhere.example")).type == "members.invited.v1"


async def test_a_swap_to_the_held_type_publishes_nothing(agency: Agency) -> None:
    assert await agency.ask(SeatSwapped(member_id=agency.ada, before=VOICE, seat_type=VOICE)) == []
    assert await agency.ask(SeatSwapped(member_id=uuid4(), before=VOICE, seat_type=BASE)) == []


async def test_one_address_is_invited_once_also_within_a_batch(agency: Agency) -> None:
    def command(email: str) -> Invite:
        return Invite(
            invitation_id=uuid4(), email=email, name="Noor", seat_type=BASE, role=Role.CLINICIAN, sealed="sealed"
        )

    sender = agency.service.sender
    commands = [command("noor@x.example"), command("NOOR@X.example")]
    await agency.service.handle_records(
        [sender.record(invite, agency.id, actor=member(agency.ada)) for invite in commands]
    )
    first, second = await agency.service.published()
    assert (first.type, second.data.code) == ("members.invited.v1", RejectionCode.ALREADY_MEMBER)
    assert second.data.figures.as_json() == {"status": "invited", "member_id": str(first.data.member_id)}


async def test_a_removed_address_comes_back_by_an_invite_as_the_same_member(agency: Agency) -> None:
    bo, command = await waiting(agency.service, agency.id, "bo@clinic.example")
    await agency.seat(bo, command)
    await agency.ask(Remove(member_id=bo))
    assert (await result_of(agency.service, agency.id, sign_up("bo@clinic.example"))).data.status.value == "removed"
    invited = await agency.invite("Bo@CLINIC.example", name="Bo Two", role=Role.ADMIN)
    assert (invited.data.member_id, invited.data.before.value) == (bo, "removed")
    known = await result_of(agency.service, agency.id, sign_up("bo@clinic.example"))
    assert (known.data.member_id, known.data.status.value) == (bo, "invited")
    accepted = await agency.accept(invited)
    (active,) = await agency.seat(bo, accepted.envelope.correlation_id)
    assert active.data.role is Role.ADMIN


async def test_accepting_by_the_link_starts_a_capacity_check_and_ends_active_under_its_own_command(
    agency: Agency,
) -> None:
    invited, command = await agency.invite(), uuid4()
    accepted = await agency.accept(invited, command)
    assert accepted.type == "members.invite_accepted.v1"
    assert (accepted.data.invitation_id, accepted.data.seat_type) == (invited.data.invitation_id, BASE)
    meanwhile = await result_of(agency.service, agency.id, login(invited.data.member_id))
    assert (meanwhile.type, meanwhile.data.status.value) == ("members.login_recorded.v1", "invited")
    assert (await agency.accept(invited)).data.code == RejectionCode.LINK_EXPIRED, "a link works once"
    (active,) = await agency.seat(invited.data.member_id, command)
    assert (active.type, active.data.before.value) == ("members.activated.v1", "invited")
    assert active.envelope.correlation_id == command
    assert (await agency.accept(invited)).data.code == RejectionCode.LINK_EXPIRED


async def test_a_member_who_accepts_without_a_free_seat_is_blocked_until_re_invited(agency: Agency) -> None:
    invited, command = await agency.invite(), uuid4()
    await agency.accept(invited, command)
    (blocked,) = await agency.deny(invited.data.member_id, command)
    assert (blocked.type, blocked.data.reason, blocked.data.before.value) == ("members.blocked.v1", FULL, "invited")
    assert (await agency.accept(invited)).data.code == RejectionCode.LINK_EXPIRED
    again = await result_of(agency.service, agency.id, login(invited.data.member_id))
    assert (again.type, again.data.blocked_reason) == ("members.login_recorded.v1", FULL)


@pytest.mark.parametrize(("days", "accepts"), [(13.99, True), (14, False)])
async def test_a_link_is_good_for_14_days_and_a_code_accepts_afterwards_too(
    agency: Agency, days: float, accepts: bool
) -> None:
    invited = await agency.invite()
    agency.service.clock.advance(days * 86400)
    assert ((await agency.accept(invited)).type == "members.invite_accepted.v1") is accepts
    if not accepts:
        accepted = await result_of(agency.service, agency.id, login(invited.data.member_id))
        assert accepted.data.invitation_id == invited.data.invitation_id
        assert accepted.type == "members.invite_accepted.v1"


async def test_a_removed_member_cannot_accept_and_gets_no_seat_that_they_waited_for(agency: Agency) -> None:
    invited, command = await agency.invite(), uuid4()
    await agency.accept(invited, command)
    removed = one(await agency.ask(Remove(member_id=invited.data.member_id)))
    assert removed.data.before.value == "invited"
    ended = one(await agency.seat(invited.data.member_id, command))
    assert (ended.type, ended.data.status.value) == ("members.login_recorded.v1", "removed")
    assert (await agency.accept(invited)).data.code == RejectionCode.LINK_EXPIRED


async def test_members_are_re_invited_while_seats_last_each_with_an_event_and_a_result(agency: Agency) -> None:
    people = [await agency.blocked(f"p{number}@clinic.example") for number in range(3)]
    stranger = uuid4()
    published = await agency.reinvite(people[2], stranger, people[0], agency.ada, people[1])
    invited = of(published, "invited")
    assert [message.data.member_id for message in invited] == [people[2], people[0]]
    assert {message.data.before.value for message in invited} == {"blocked"}
    assert [message.data.sealed for message in invited] == [f"fresh-{who}" for who in (people[2], people[0])]
    ended = published[-1]
    assert ended.type == "members.reinvited.v1"
    assert ended.data.done == (people[2], people[0])
    assert [(rejected.member_id, rejected.code, rejected.figures.as_json()) for rejected in ended.data.rejected] == [
        (stranger, RejectionCode.UNKNOWN_MEMBER, {}),
        (agency.ada, RejectionCode.WRONG_STATUS, {"status": "active", "requested": "reinvite"}),
        (
            people[1],
            RejectionCode.NO_SEAT_AVAILABLE,
            {"seat_type": "base", "purchased": 2, "active": 0, "waiting": 0, "reinvited": 2},
        ),
    ]
    assert {message.envelope.correlation_id for message in published} == {ended.envelope.correlation_id}


async def test_a_reinvite_voids_the_older_link_and_the_newer_link_accepts_with_its_seat_type(
    agency: Agency,
) -> None:
    await agency.purchased(base=2, voice=2)
    invited = await agency.invite()
    renewed, ended = await agency.reinvite(invited.data.member_id, seat_type=VOICE)
    assert (renewed.data.before.value, renewed.data.seat_type) == ("invited", VOICE)
    assert ended.data.rejected == ()
    assert (await agency.accept(invited)).data.code == RejectionCode.LINK_EXPIRED
    accepted = await agency.accept(renewed)
    assert (accepted.type, accepted.data.seat_type) == ("members.invite_accepted.v1", VOICE)


async def test_an_invite_needs_an_active_admin_and_a_signed_baa(service: OneService) -> None:
    agency_id, ada = await founded(service)
    agency = Agency(service, agency_id, ada)
    await agency.purchased(base=2)
    assert (await agency.invite()).data.code == RejectionCode.BAA_UNSIGNED
    assert one(await agency.reinvite(ada)).data.code == RejectionCode.BAA_UNSIGNED
    await agency.ask(signature())
    bo, _ = await waiting(service, agency_id)
    invite = Invite(
        invitation_id=uuid4(), email="x@x.example", name="X", seat_type=BASE, role=Role.CLINICIAN, sealed="sealed"
    )
    for actor in (member(bo), member(uuid4()), OPERATOR):
        assert one(await agency.ask(invite, actor=actor)).data.code == RejectionCode.NOT_AN_ADMIN


async def test_an_event_for_a_wait_before_a_removal_does_not_let_in_a_member_invited_since(agency: Agency) -> None:
    bo, first = await waiting(agency.service, agency.id, "bo@clinic.example")
    await agency.ask(Remove(member_id=bo))
    invited = await agency.invite("bo@clinic.example")
    late = one(await agency.seat(bo, first))
    assert (late.type, late.envelope.correlation_id) == ("members.login_recorded.v1", first), "the first login is over"
    second = uuid4()
    await agency.accept(invited, second)
    assert await agency.ask(SeatReleased(member_id=bo, seat_type=BASE, held=True)) == []
    (blocked,) = await agency.deny(bo, second)
    assert (blocked.type, blocked.envelope.correlation_id) == ("members.blocked.v1", second)
    assert (await agency.invite("cy@x.example")).type == "members.invited.v1", "nobody is counted who holds no seat"


async def test_the_operator_makes_an_active_member_an_admin_and_invites_anybody_else_as_one(agency: Agency) -> None:
    def command(email: str) -> AddAdmin:
        return AddAdmin(invitation_id=uuid4(), email=email, name="Cy", seat_type=BASE, sealed="sealed")

    bo, login_order = await waiting(agency.service, agency.id, "bo@clinic.example")
    waits = one(await agency.ask(command("bo@clinic.example"), actor=OPERATOR))
    assert (waits.data.code, waits.data.figures.as_json()) == (
        RejectionCode.WRONG_STATUS,
        {"status": "pending_login", "waits": 1},
    )
    await agency.seat(bo, login_order)
    changed = one(await agency.ask(command("BO@clinic.example"), actor=OPERATOR))
    assert (changed.type, changed.data.before, changed.data.role) == (
        "members.role_changed.v1",
        Role.CLINICIAN,
        Role.ADMIN,
    )
    invited = one(await agency.ask(command("cy@x.example"), actor=OPERATOR))
    assert (invited.type, invited.data.role, invited.envelope.actor) == ("members.invited.v1", Role.ADMIN, OPERATOR)
    cem = await agency.blocked("cem@clinic.example")
    again = one(await agency.ask(command("cem@clinic.example"), actor=OPERATOR))
    assert (again.data.member_id, again.data.before.value) == (cem, "blocked")
    assert one(await agency.ask(command("dee@x.example"))).data.code == RejectionCode.NOT_AN_ADMIN
    nowhere = await result_of(agency.service, uuid4(), command("dee@x.example"), actor=OPERATOR)
    assert (nowhere.data.code, nowhere.data.figures.as_json()) == (RejectionCode.WRONG_STATUS, {"agency": "unknown"})


async def test_a_message_that_arrives_twice_publishes_nothing_again(agency: Agency) -> None:
    noor = uuid4()
    sender = agency.service.sender
    links = [uuid4(), uuid4()]
    command = uuid4()
    invited = await agency.invite(invitation_id=links[0])
    noor = invited.data.member_id
    fresh = NewInvitation(invitation_id=links[1], member_id=noor, sealed="sealed")
    messages: list[tuple[Message, dict[str, Any]]] = [
        (Reinvite(invitations=(fresh,)), {}),
        (AcceptInvite(member_id=noor, invitation_id=links[1]), {"id": command}),
        (SeatAssigned(member_id=noor, seat_type=BASE), {"correlation_id": command}),
        (SeatSwapped(member_id=noor, before=BASE, seat_type=VOICE), {}),
        (CapacityChanged(purchased=Seats(base=9), incoming=Seats(), waiting=Seats()), {}),
        (Remove(member_id=noor), {}),
    ]
    records = [sender.record(message, agency.id, **{"actor": member(agency.ada)} | how) for message, how in messages]
    for record in records:
        await agency.service.handle_records([record, record])
    published = [message.type.split(".")[1] for message in await agency.service.published()]
    assert published == ["invited", "reinvited", "invite_accepted", "activated", "plan_type_changed", "removed"]
    await agency.service.handle_records(records)
    assert await agency.service.published() == []
