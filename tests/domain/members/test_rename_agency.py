"""The name of an agency."""

from dataclasses import replace

from contracts import request_rejections
from services.members.domain.admin_action import Reject
from services.members.domain.rename_agency import Renamed, rename_agency
from tests.domain.members.test_admin_action import ADA, NIA, SIGNED


def test_an_admin_gives_the_agency_another_name() -> None:
    assert rename_agency(SIGNED, ADA, "Maple Health") == Renamed(replace(SIGNED, name="Maple Health"), SIGNED.name)


def test_the_name_that_the_agency_has_changes_nothing() -> None:
    assert rename_agency(SIGNED, ADA, SIGNED.name) == Renamed(SIGNED, SIGNED.name)


def test_a_clinician_and_an_admin_of_an_agency_without_a_baa_rename_nothing() -> None:
    assert rename_agency(SIGNED, NIA, "Maple Health") == Reject(request_rejections.NotAnAdmin())
    assert rename_agency(replace(SIGNED, baa=None), ADA, "Maple Health") == Reject(request_rejections.BaaUnsigned())
