"""Founding an agency: one domain, one agency; a seat for its first admin."""

from uuid import UUID

import pytest

from contracts import member_rejections, request_rejections
from contracts.vocabulary import MemberStatus, Quantities, RejectionCode, Role, SeatType
from services.members.domain.agency import Agency
from services.members.domain.found_agency import Application, Claim, Decided, Found, Reject, found_agency

ADMIN = UUID(int=1)


def application(base: int = 2, voice: int = 1, seat_type: SeatType = SeatType.VOICE) -> Application:
    return Application("Clinic", "clinic.example", "ada@clinic.example", "Ada", seat_type, Quantities(base, voice))


def test_an_agency_is_founded_on_its_domain_with_a_first_admin_who_waits_for_a_seat() -> None:
    outcome = found_agency(application(), Claim.WON, None, ADMIN)
    assert isinstance(outcome, Found)
    assert outcome.agency == Agency("Clinic", "clinic.example")
    admin = outcome.admin
    assert (admin.id, admin.email, admin.mailbox) == (ADMIN, "ada@clinic.example", "ada@clinic.example")
    assert (admin.role, admin.status, admin.waiting) == (Role.ADMIN, MemberStatus.PENDING_LOGIN, True)
    assert (admin.seat_type, admin.plan_type) == (SeatType.VOICE, None)


def test_a_domain_that_another_agency_holds_is_rejected_as_taken() -> None:
    outcome = found_agency(application(), Claim.TAKEN, None, ADMIN)
    assert isinstance(outcome, Reject)
    assert outcome.rejection == member_rejections.DomainTaken("clinic.example")
    assert outcome.agency.rejected


def test_a_public_mail_domain_is_rejected() -> None:
    outcome = found_agency(application(), Claim.PUBLIC, None, ADMIN)
    assert isinstance(outcome, Reject)
    assert outcome.rejection.code is RejectionCode.PUBLIC_DOMAIN


@pytest.mark.parametrize("seat_type", SeatType)
def test_a_purchase_without_a_seat_of_the_first_admins_type_is_rejected_with_its_figures(seat_type: SeatType) -> None:
    buys = Quantities(3, 3).plus(seat_type, -3)
    outcome = found_agency(application(buys.base, buys.voice, seat_type), Claim.WON, None, ADMIN)
    assert isinstance(outcome, Reject)
    assert outcome.rejection == request_rejections.InvalidRequest(
        admin_seat_type=seat_type, base=buys.base, voice=buys.voice
    )


@pytest.mark.parametrize("rejected", [False, True])
def test_an_agency_that_was_decided_on_is_not_founded_again(rejected: bool) -> None:
    known = Agency("Clinic", "clinic.example", rejected=rejected)
    assert found_agency(application(), None, known, ADMIN) == Decided()


def test_a_rejected_agency_is_remembered_by_name_and_domain_whatever_the_reason() -> None:
    refused = Agency("Clinic", "clinic.example", rejected=True)
    for claim, buys in ((Claim.PUBLIC, 1), (Claim.TAKEN, 1), (Claim.WON, 0)):
        outcome = found_agency(application(voice=buys), claim, None, ADMIN)
        assert isinstance(outcome, Reject)
        assert outcome.agency == refused


def test_a_public_mail_domain_is_named_in_its_rejection() -> None:
    outcome = found_agency(application(), Claim.PUBLIC, None, ADMIN)
    assert isinstance(outcome, Reject)
    assert outcome.rejection == member_rejections.PublicDomain("clinic.example")


def test_the_first_admin_has_the_name_that_was_given() -> None:
    outcome = found_agency(application(), Claim.WON, None, ADMIN)
    assert isinstance(outcome, Found)
    assert outcome.admin.name == "Ada"
