"""The published capacity of an agency."""

from uuid import UUID

from contracts.vocabulary import FrozenReason, Quantities, RejectionCode
from services.seats.domain.capacity import Capacity, capacity_of
from services.seats.domain.ledger import Ledger, Purchase


def test_capacity_names_the_purchased_seats_the_waiting_members_and_why_nothing_is_bought() -> None:
    declined = RejectionCode.PAYMENT_DECLINED
    ledger = Ledger(purchased=Quantities(3, 1), waiting=Quantities(0, 2), paused=declined)
    assert capacity_of(ledger) == Capacity(
        Quantities(3, 1), Quantities(), Quantities(0, 2), declined, declined=declined
    )


def test_incoming_seats_are_what_the_purchase_under_way_adds_and_never_what_it_removes() -> None:
    purchase = Purchase(UUID(int=1), Quantities(3, 1), Quantities(2, 5), last=0)
    ledger = Ledger(purchased=Quantities(3, 1), purchase=purchase)
    assert capacity_of(ledger).incoming == Quantities(0, 4)


def test_capacity_names_the_unsettled_seats_and_why_seats_are_frozen() -> None:
    ledger = Ledger(purchased=Quantities(3, 1), active=Quantities(2, 2), unsettled=Quantities(1, 0))
    capacity = capacity_of(ledger)
    assert (capacity.unsettled, capacity.frozen) == (Quantities(1, 0), FrozenReason.SEATS_REDUCED_ELSEWHERE)


def test_incoming_seats_are_counted_by_type() -> None:
    purchase = Purchase(UUID(int=1), Quantities(3, 1), Quantities(5, 1), last=0)
    assert capacity_of(Ledger(purchased=Quantities(3, 1), purchase=purchase)).incoming == Quantities(2, 0)
