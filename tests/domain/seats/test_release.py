"""Removing a member frees their seat or ends their wait, and never changes the purchased count."""

from dataclasses import replace
from uuid import UUID

from contracts.vocabulary import Quantities
from services.seats.domain.ledger import Purchase
from services.seats.domain.release import Freed, LeftTheLine, NothingToRelease, release
from tests.domain.seats.test_line import BASE, VOICE, waited_for, waiter

SOMEBODY = UUID(int=7)


def test_the_seat_of_somebody_removed_is_free_and_stays_purchased() -> None:
    ledger = waited_for()
    assert release(ledger, [], SOMEBODY, VOICE) == Freed(replace(ledger, active=Quantities(2, 1)), VOICE)


def test_a_removed_waiter_leaves_the_line_and_the_purchase_for_them_continues() -> None:
    line = [waiter(1), waiter(2, VOICE), waiter(3)]
    purchase = Purchase(UUID(int=9), Quantities(2, 2), Quantities(4, 3), 3)
    ledger = waited_for(*line, purchase=purchase)
    left = release(ledger, line, line[0].member_id, None)
    assert left == LeftTheLine(replace(ledger, waiting=Quantities(1, 1)), line[0])
    assert left.ledger.purchase == purchase


def test_a_member_who_neither_holds_a_seat_nor_waits_frees_nothing() -> None:
    assert release(waited_for(waiter(1, BASE)), [waiter(1, BASE)], SOMEBODY, None) == NothingToRelease()


def test_a_base_seat_is_freed_as_a_voice_seat_is() -> None:
    ledger = waited_for()
    assert release(ledger, [], SOMEBODY, BASE) == Freed(replace(ledger, active=ledger.active.plus(BASE, -1)), BASE)
