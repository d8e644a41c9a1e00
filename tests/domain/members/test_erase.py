"""Only a Removed member can be erased, by an admin or the operator. The mailbox is nobody's afterwards."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from contracts.member_rejections import UnknownMember, WrongStatus
from contracts.personal import ERASED_NAME, erased_address
from contracts.request_rejections import NotAnAdmin
from contracts.vocabulary import OPERATOR, MemberStatus, SeatType, member
from services.members.domain.admin_action import AdminRequest, Reject
from services.members.domain.agency import Baa, Member, Removal
from services.members.domain.erase import Erased, erase
from tests.domain.members.test_admin_action import ADA, NIA, REQUEST, SIGNED

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
GONE = replace(NIA, status=MemberStatus.REMOVED, removal=Removal(NOW, SeatType.BASE))
BY_ADA = member(ADA.id)


def of(subject: Member | None) -> AdminRequest:
    return replace(REQUEST, subject=subject)


@pytest.mark.parametrize("actor", [BY_ADA, OPERATOR])
def test_a_removed_member_loses_name_and_address_and_the_removal_can_not_be_undone(actor: object) -> None:
    assert isinstance(actor, type(BY_ADA))
    erased = erase(of(GONE), actor)
    assert isinstance(erased, Erased)
    assert erased.member == replace(GONE, email=erased_address(NIA.id), name=ERASED_NAME, removal=None)
    assert (erased.mailbox, erased.signature, erased.agency) == (NIA.mailbox, None, SIGNED)


def test_a_signature_under_the_baa_stays_without_the_name() -> None:
    baa = Baa(GONE.id, "Nia Novak", "Director", "2026-11", NOW)
    erased = erase(replace(of(GONE), agency=replace(SIGNED, baa=baa)), BY_ADA)
    assert isinstance(erased, Erased)
    assert erased.agency.baa == replace(baa, signer_name=ERASED_NAME, signer_title=ERASED_NAME)
    assert erased.signature == "Nia Novak"


def test_who_is_erased_already_is_erased_again() -> None:
    first = erase(of(GONE), BY_ADA)
    assert isinstance(first, Erased)
    again = erase(of(first.member), BY_ADA)
    assert isinstance(again, Erased)
    assert again.member == first.member


@pytest.mark.parametrize("status", [status for status in MemberStatus if status is not MemberStatus.REMOVED])
def test_nobody_else_is_erased(status: MemberStatus) -> None:
    assert erase(of(replace(NIA, status=status)), BY_ADA) == Reject(WrongStatus(status, requested="erase"))
    assert erase(of(replace(NIA, status=status)), OPERATOR) == Reject(WrongStatus(status, requested="erase"))


def test_who_comes_back_just_now_is_not_erased() -> None:
    coming = replace(GONE, removal=Removal(NOW, SeatType.BASE, UUID(int=7)))
    assert erase(of(coming), BY_ADA) == Reject(WrongStatus(MemberStatus.REMOVED, waits=1))


def test_only_an_admin_of_the_agency_or_the_operator_erases() -> None:
    assert erase(replace(of(GONE), actor=None), member(NIA.id)) == Reject(NotAnAdmin())
    assert erase(of(None), BY_ADA) == erase(of(None), OPERATOR) == Reject(UnknownMember())
    assert erase(replace(of(GONE), agency=None), OPERATOR) == Reject(WrongStatus(agency="unknown"))
    rejected = replace(SIGNED, rejected=True)
    assert erase(replace(of(GONE), agency=rejected), OPERATOR) == Reject(WrongStatus(agency="refused"))
