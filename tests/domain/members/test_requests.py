"""An admin approves a Blocked member for a free seat, or declines the request."""

from dataclasses import replace

import pytest

from contracts import member_rejections, request_rejections, seat_rejections
from contracts.vocabulary import BlockedReason, MemberStatus, Quantities
from services.members.domain.admin_action import AdminRequest, Reject
from services.members.domain.approve import Approved, approve
from services.members.domain.capacity import Capacity
from services.members.domain.decline import Declined, decline
from tests.domain.members.test_admin_action import ADA, SIGNED
from tests.domain.members.test_let_in import BO

REQUEST = AdminRequest(SIGNED, ADA, BO, (ADA, BO))
FREE = Capacity(purchased=Quantities(0, 2), active=Quantities(0, 1))


def test_a_blocked_member_is_approved_for_a_free_seat_and_for_no_other() -> None:
    assert approve(REQUEST, FREE) == Approved(BO)
    full = approve(REQUEST, replace(FREE, waiting=Quantities(0, 1)))
    assert full == Reject(seat_rejections.NoSeatAvailable(BO.seat_type, 2, 1, 1))


def test_a_declined_member_stays_blocked_for_that_reason() -> None:
    assert decline(REQUEST) == Declined(replace(BO, blocked_reason=BlockedReason.REQUEST_DECLINED))


@pytest.mark.parametrize("status", [status for status in MemberStatus if status is not MemberStatus.BLOCKED])
def test_only_a_blocked_member_is_decided(status: MemberStatus) -> None:
    request = replace(REQUEST, subject=replace(BO, status=status))
    assert approve(request, FREE) == Reject(member_rejections.WrongStatus(status, requested="approve"))
    assert decline(request) == Reject(member_rejections.WrongStatus(status, requested="decline"))


def test_only_an_admin_decides() -> None:
    request = replace(REQUEST, actor=None)
    not_an_admin = Reject(request_rejections.NotAnAdmin())
    assert (approve(request, FREE), decline(request)) == (not_an_admin, not_an_admin)
