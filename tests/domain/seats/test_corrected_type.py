"""A corrected seat type counts for a member who waits in line."""

from dataclasses import replace
from uuid import UUID

from contracts.vocabulary import Quantities
from services.seats.domain.corrected_type import Retyped, Unchanged, corrected_type
from services.seats.domain.ledger import Purchase
from tests.domain.seats.test_line import BASE, VOICE, waited_for, waiter

LINE = [waiter(1), waiter(2, VOICE), waiter(3)]


def test_a_member_in_line_waits_for_the_corrected_type_at_the_same_place() -> None:
    ledger = waited_for(*LINE)
    retyped = replace(LINE[0], seat_type=VOICE)
    outcome = corrected_type(ledger, LINE, retyped.member_id, VOICE)
    assert outcome == Retyped(replace(ledger, waiting=Quantities(1, 2)), retyped)


def test_a_purchase_under_way_is_for_the_type_that_it_was_made_for() -> None:
    ledger = waited_for(*LINE, purchase=Purchase(UUID(int=9), Quantities(2, 2), Quantities(3, 3), 2))
    assert corrected_type(ledger, LINE, LINE[1].member_id, BASE) == Unchanged()
    assert isinstance(corrected_type(ledger, LINE, LINE[2].member_id, VOICE), Retyped)


def test_nothing_changes_for_the_same_type_or_for_a_member_who_does_not_wait() -> None:
    ledger = waited_for(*LINE)
    assert corrected_type(ledger, LINE, LINE[1].member_id, VOICE) == Unchanged()
    assert corrected_type(ledger, LINE, UUID(int=99), VOICE) == Unchanged()
