"""Signing the BAA: an Active admin, the current text, and the first signature stands."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from contracts.vocabulary import BAA_VERSION, BaaStage, MemberStatus, Role, SeatType
from services.members.domain.agency import Agency, Baa, Member, SignatureRequest
from services.members.domain.sign_baa import NotAnAdmin, OtherVersion, Sign, SignedByAnother, StandsAlready, sign_baa

AGENCY = Agency("Clinic", "clinic.example")
ADA = Member(UUID(int=3), "ada@clinic.example", "Ada", SeatType.BASE, Role.ADMIN, MemberStatus.ACTIVE)
BAA = Baa(ADA.id, "Ada", "Director", BAA_VERSION, datetime(2026, 3, 2, tzinfo=UTC))


def test_an_active_admin_signs_the_baa() -> None:
    assert sign_baa(AGENCY, ADA, BAA, BAA_VERSION) == Sign(replace(AGENCY, baa=BAA), BAA)


@pytest.mark.parametrize(
    "signer",
    [
        None,
        replace(ADA, role=Role.CLINICIAN),
        *(replace(ADA, status=status) for status in MemberStatus if status is not MemberStatus.ACTIVE),
    ],
)
def test_only_an_active_admin_signs_the_baa(signer: Member | None) -> None:
    assert sign_baa(AGENCY, signer, BAA, BAA_VERSION) == NotAnAdmin()


@pytest.mark.parametrize("agency", [None, replace(AGENCY, rejected=True)])
def test_nobody_signs_for_an_agency_that_does_not_exist(agency: Agency | None) -> None:
    assert sign_baa(agency, ADA, BAA, BAA_VERSION) == NotAnAdmin()


def test_only_the_current_version_of_the_text_is_signed() -> None:
    assert sign_baa(AGENCY, ADA, replace(BAA, version="1999-01"), BAA_VERSION) == OtherVersion(BAA_VERSION)


def test_the_first_signature_stands_when_the_same_admin_signs_again() -> None:
    again = replace(BAA, signer_title="Owner", version="1999-01")
    assert sign_baa(replace(AGENCY, baa=BAA), ADA, again, BAA_VERSION) == StandsAlready(BAA)


def test_the_first_signature_stands_when_another_admin_signs() -> None:
    other = replace(ADA, id=UUID(int=4))
    assert sign_baa(replace(AGENCY, baa=BAA), other, replace(BAA, signer_id=other.id), BAA_VERSION) == SignedByAnother(
        BAA
    )


def test_another_admin_may_sign_a_new_version_which_ends_the_request() -> None:
    other = replace(ADA, id=UUID(int=4))
    before = replace(
        AGENCY, baa=replace(BAA, version="1999-01"), baa_request=SignatureRequest(BAA_VERSION, BaaStage.LAPSED)
    )
    newer = replace(BAA, signer_id=other.id)
    assert sign_baa(before, other, newer, BAA_VERSION) == Sign(replace(AGENCY, baa=newer), newer)
    assert sign_baa(before, other, before.baa or BAA, BAA_VERSION) == OtherVersion(BAA_VERSION)
