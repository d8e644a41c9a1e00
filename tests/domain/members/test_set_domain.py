"""The auto-join domain of an agency."""

from dataclasses import replace

import pytest

from contracts import member_rejections, request_rejections
from services.members.domain.admin_action import Reject
from services.members.domain.found_agency import Claim
from services.members.domain.set_domain import Set, set_domain
from tests.domain.members.test_admin_action import ADA, NIA, SIGNED

ON_NEW = replace(ADA, email="ada@new.example")


def test_an_admin_with_an_address_on_the_domain_makes_it_the_agencys() -> None:
    assert set_domain(SIGNED, ON_NEW, "new.example", Claim.WON) == Set(
        replace(SIGNED, domain="new.example"), "clinic.example"
    )


def test_the_domain_that_the_agency_has_already_is_no_mistake() -> None:
    assert set_domain(SIGNED, ADA, "clinic.example", Claim.WON) == Set(SIGNED, "clinic.example")


def test_no_agency_can_set_a_public_mail_domain() -> None:
    refused = Reject(member_rejections.PublicDomain(domain="new.example"))
    assert set_domain(SIGNED, ON_NEW, "new.example", Claim.PUBLIC) == refused


@pytest.mark.parametrize("claim", [None, Claim.WON, Claim.TAKEN])
@pytest.mark.parametrize("email", ["ada@clinic.example", "ada@mail.new.example"])
def test_an_admin_proves_the_domain_by_an_address_on_it_and_not_on_a_subdomain(claim: Claim | None, email: str) -> None:
    refused = Reject(member_rejections.DomainNotProven(domain="new.example"))
    assert set_domain(SIGNED, replace(ADA, email=email), "new.example", claim) == refused


def test_a_domain_that_was_not_claimed_is_not_proven() -> None:
    refused = Reject(member_rejections.DomainNotProven(domain="new.example"))
    assert set_domain(SIGNED, ON_NEW, "new.example", None) == refused


def test_a_domain_that_another_agency_holds_is_taken() -> None:
    refused = Reject(member_rejections.DomainTaken(domain="new.example"))
    assert set_domain(SIGNED, ON_NEW, "new.example", Claim.TAKEN) == refused


def test_only_an_active_admin_sets_it_and_only_under_a_signed_baa() -> None:
    assert set_domain(replace(SIGNED, baa=None), ON_NEW, "new.example", Claim.WON) == Reject(
        request_rejections.BaaUnsigned()
    )
    assert set_domain(SIGNED, NIA, "new.example", Claim.WON) == Reject(request_rejections.NotAnAdmin())
