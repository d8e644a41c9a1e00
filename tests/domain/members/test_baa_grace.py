"""A new version of the BAA: asked at first, again 7 days before the end, and locked once the grace is over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contracts.baa import CURRENT_BAA, GRACE, BaaVersion
from contracts.vocabulary import BAA_VERSION, BaaStage
from services.members.domain.agency import Agency, Baa, SignatureRequest
from services.members.domain.baa_grace import NEAR, NoRequest, Request, request_signature, stage_at

FROM = datetime(2027, 6, 1, tzinfo=UTC)
NEW = BaaVersion("2027-06", FROM)
MOMENT = timedelta(microseconds=1)
SIGNED = Agency("Clinic", "clinic.example", baa=Baa(UUID(int=3), "Ada", "Owner", "2026-11", FROM - GRACE))


def test_the_current_version_is_the_one_that_is_signed() -> None:
    assert CURRENT_BAA.version == BAA_VERSION
    assert NEW.sign_by == FROM + GRACE


@pytest.mark.parametrize(
    ("at", "stage"),
    [
        (FROM - MOMENT, None),
        (FROM, BaaStage.REQUESTED),
        (NEW.sign_by - NEAR - MOMENT, BaaStage.REQUESTED),
        (NEW.sign_by - NEAR, BaaStage.NEAR),
        (NEW.sign_by - MOMENT, BaaStage.NEAR),
        (NEW.sign_by, BaaStage.LAPSED),
        (NEW.sign_by + GRACE, BaaStage.LAPSED),
    ],
)
def test_the_stage_follows_from_the_time_alone(at: datetime, stage: BaaStage | None) -> None:
    assert stage_at(NEW, at) is stage


def test_an_agency_is_told_once_at_each_stage_and_locked_only_at_the_last() -> None:
    agency, told = SIGNED, []
    for at in (FROM - MOMENT, FROM, FROM + MOMENT, NEW.sign_by - NEAR, NEW.sign_by - MOMENT, NEW.sign_by, FROM + GRACE):
        decided = request_signature(agency, NEW, at)
        if isinstance(decided, Request):
            assert (decided.request.version, decided.signed_version) == ("2027-06", "2026-11")
            agency = decided.agency
            told.append(decided.request.stage)
        assert agency.baa_unsigned is (at >= NEW.sign_by)
    assert told == [BaaStage.REQUESTED, BaaStage.NEAR, BaaStage.LAPSED]


@pytest.mark.parametrize(
    "agency",
    [
        None,
        replace(SIGNED, rejected=True),
        replace(SIGNED, baa=None),
        replace(SIGNED, baa=Baa(UUID(int=3), "Ada", "Owner", NEW.version, FROM)),
    ],
)
def test_nobody_is_asked_who_has_signed_it_or_has_signed_nothing(agency: Agency | None) -> None:
    assert request_signature(agency, NEW, NEW.sign_by) == NoRequest()


def test_a_yet_newer_version_asks_anew_within_the_grace_and_does_not_end_a_lock() -> None:
    newer = BaaVersion("2027-07", FROM + timedelta(days=20))
    before = replace(SIGNED, baa_request=SignatureRequest(NEW.version, BaaStage.REQUESTED))
    decided = request_signature(before, newer, newer.effective_from)
    assert isinstance(decided, Request)
    assert decided.request == SignatureRequest("2027-07", BaaStage.REQUESTED)
    locked = replace(SIGNED, baa_request=SignatureRequest(NEW.version, BaaStage.LAPSED))
    assert request_signature(locked, newer, newer.effective_from) == NoRequest()
