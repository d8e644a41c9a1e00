"""A change ends under the admin's own command, so that the admin's page finds its end."""

from uuid import UUID

from contracts.vocabulary import member
from services.seats.domain.ledger import AdjustRequest

ADJUST, LET_IN = UUID(int=1), UUID(int=2)
ADMIN = member(UUID(int=3))


def test_a_change_of_seats_ends_under_its_command() -> None:
    assert AdjustRequest(ADJUST, ADMIN).correlation_id == ADJUST


def test_a_change_that_lets_people_in_ends_under_the_command_of_letting_in() -> None:
    assert AdjustRequest(ADJUST, ADMIN, lets_in_for=LET_IN).correlation_id == LET_IN
