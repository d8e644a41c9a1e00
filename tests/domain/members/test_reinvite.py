"""A re-invited member gets a new invitation link."""

from dataclasses import replace
from uuid import UUID

import pytest

from contracts import member_rejections, request_rejections, seat_rejections
from contracts.vocabulary import BlockedReason, MemberStatus, Quantities, Role, SeatType
from services.members.domain.admin_action import Reject
from services.members.domain.agency import Invitation, Member
from services.members.domain.capacity import Capacity
from services.members.domain.invitation import GOOD_FOR
from services.members.domain.reinvite import AGAIN, Reinvited, Terms, reinvite
from tests.domain.members.test_admin_action import ADA, NIA, SIGNED
from tests.domain.members.test_invite import NOW

BASE, VOICE = SeatType.BASE, SeatType.VOICE
TWO_BASE = Capacity(purchased=Quantities(3, 0), active=Quantities(1, 0))
LINKS = [UUID(int=number) for number in range(60, 65)]
OLD = Invitation(UUID(int=59), NOW)


def blocked(number: int, seat_type: SeatType = BASE) -> Member:
    return replace(
        NIA,
        id=UUID(int=number),
        seat_type=seat_type,
        status=MemberStatus.BLOCKED,
        blocked_reason=BlockedReason.NO_SEAT_AVAILABLE,
    )


def ask(
    *members: Member,
    capacity: Capacity = TWO_BASE,
    terms: Terms = Terms(),  # noqa: B008  frozen
    others: tuple[UUID, ...] = (),
) -> Reinvited:
    named = list(zip([*others, *(member.id for member in members)], LINKS, strict=False))
    outcome = reinvite(SIGNED, ADA, {member.id: member for member in members}, capacity, named, terms, NOW)
    assert isinstance(outcome, Reinvited)
    return outcome


def test_a_blocked_row_is_invited_again_under_a_fresh_link_and_keeps_its_seat_type_and_role() -> None:
    (done,) = ask(blocked(1)).done
    link = Invitation(LINKS[0], NOW + GOOD_FOR)
    assert (done.before, done.invitation) == (MemberStatus.BLOCKED, link)
    assert done.member == replace(blocked(1), status=MemberStatus.INVITED, blocked_reason=None, invitation=link)


def test_the_older_link_of_an_invited_row_dies() -> None:
    invited = replace(NIA, status=MemberStatus.INVITED, invitation=OLD)
    (done,) = ask(invited).done
    assert done.before is MemberStatus.INVITED
    assert done.member.invitation == Invitation(LINKS[0], NOW + GOOD_FOR)


def test_another_seat_type_is_the_one_picked_from_then_on_and_its_capacity_is_checked() -> None:
    (done,) = ask(blocked(1, VOICE), terms=Terms(BASE)).done
    assert done.member.seat_type is BASE
    ((who, why),) = ask(blocked(1), terms=Terms(VOICE)).rejected
    full = seat_rejections.NoSeatAvailable(VOICE, purchased=0, active=0, waiting=0)
    assert (who, why) == (UUID(int=1), Reject(full))


def test_members_are_invited_in_the_given_order_while_seats_of_their_type_last() -> None:
    capacity = replace(TWO_BASE, purchased=Quantities(3, 1))
    crowd = [blocked(1), blocked(2, VOICE), blocked(3), blocked(4), blocked(5, VOICE)]
    outcome = ask(*crowd, capacity=capacity)
    assert [invited.member.id.int for invited in outcome.done] == [1, 2, 3]
    assert [(who.int, why.rejection) for who, why in outcome.rejected] == [
        (4, seat_rejections.NoSeatAvailable(BASE, purchased=3, active=1, waiting=0, reinvited=2)),
        (5, seat_rejections.NoSeatAvailable(VOICE, purchased=1, active=0, waiting=0, reinvited=1)),
    ]


def test_a_rejected_member_holds_up_no_other() -> None:
    stranger = UUID(int=99)
    active = replace(NIA, id=UUID(int=1))
    outcome = ask(active, blocked(2), others=(stranger,))
    assert [invited.member.id.int for invited in outcome.done] == [2]
    assert outcome.rejected == (
        (stranger, Reject(member_rejections.UnknownMember())),
        (active.id, Reject(member_rejections.WrongStatus(status=MemberStatus.ACTIVE, requested="reinvite"))),
    )


@pytest.mark.parametrize("status", [status for status in MemberStatus if status not in AGAIN])
def test_only_invited_and_blocked_members_are_re_invited(status: MemberStatus) -> None:
    ((_, why),) = ask(replace(NIA, status=status)).rejected
    assert why == Reject(member_rejections.WrongStatus(status=status, requested="reinvite"))


def test_a_member_who_has_just_accepted_is_not_re_invited() -> None:
    accepted = replace(NIA, status=MemberStatus.INVITED, waiting=True, invitation=OLD)
    ((_, why),) = ask(accepted).rejected
    assert why == Reject(member_rejections.WrongStatus(status=MemberStatus.INVITED, waits=1))


def test_somebody_named_twice_is_invited_once_by_the_first_link() -> None:
    member = blocked(1)
    named = [(member.id, LINKS[0]), (member.id, LINKS[1])]
    outcome = reinvite(SIGNED, ADA, {member.id: member}, TWO_BASE, named, Terms(), NOW)
    assert isinstance(outcome, Reinvited)
    assert [invited.invitation.id for invited in outcome.done] == [LINKS[0]]
    assert outcome.rejected == ()


def test_a_re_invite_needs_an_active_admin_and_a_signed_baa() -> None:
    assert reinvite(replace(SIGNED, baa=None), ADA, {}, TWO_BASE, [], Terms(), NOW) == Reject(
        request_rejections.BaaUnsigned()
    )
    assert reinvite(SIGNED, NIA, {}, TWO_BASE, [], Terms(), NOW) == Reject(request_rejections.NotAnAdmin())


def test_another_role_and_name_are_the_members_from_then_on() -> None:
    (done,) = ask(blocked(1), terms=Terms(role=Role.ADMIN, name="Nia Nowak")).done
    assert (done.member.role, done.member.name, done.member.seat_type) == (Role.ADMIN, "Nia Nowak", BASE)
