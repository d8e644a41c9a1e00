"""The invoice that charges unsettled seats."""

from contracts.vocabulary import Quantities
from services.seats.domain.ledger import Ledger
from services.seats.domain.settled import settled


def test_settled_seats_are_unsettled_no_more_and_never_fewer_than_none() -> None:
    ledger = Ledger(unsettled=Quantities(3, 1))
    assert settled(ledger, Quantities(2, 0)).unsettled == Quantities(1, 1)
    assert settled(ledger, Quantities(4, 4)).unsettled == Quantities(0, 0)
