"""An agency's invitations of a day grow with its purchased seats; a person always gets two of an agency."""

import pytest

from services.gateway.domain.invitation_limits import (
    InvitationLimits,
    agency_limit,
    deliberate_limit,
    further_limit,
    mailbox_limit,
)

LIMITS = InvitationLimits(per_agency=20, per_seat=3, per_person=5, per_mailbox=10)


@pytest.mark.parametrize(("purchased", "most"), [(0, 20), (4, 32), (500, 1520)])
def test_an_agency_sends_twenty_invitations_a_day_and_three_for_each_seat(purchased: int, most: int) -> None:
    assert agency_limit(purchased, LIMITS).most == most


@pytest.mark.parametrize("people", [1, 20, 500])
def test_everybody_of_an_import_into_paid_seats_is_invited_and_twice_again(people: int) -> None:
    assert agency_limit(people, LIMITS).most >= 3 * people


def test_a_person_gets_two_invitations_of_an_agency_and_three_more_while_the_mailbox_gets_few() -> None:
    assert (deliberate_limit(LIMITS).most, further_limit(LIMITS).most, mailbox_limit(LIMITS).most) == (2, 3, 10)
    one = InvitationLimits(per_agency=20, per_seat=3, per_person=1, per_mailbox=10)
    assert (deliberate_limit(one).most, further_limit(one).most) == (1, 0)
