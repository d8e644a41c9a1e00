"""A change whose invoice is not paid goes on waiting, and none of its seats counts."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

from contracts.vocabulary import Quantities, RejectionCode, SeatType, member
from services.seats.domain.adjust_seats import Reject, adjust_seats
from services.seats.domain.auto_add import Rest, next_purchase
from services.seats.domain.capacity import capacity_of
from services.seats.domain.ledger import Account, AdjustRequest, Ledger, Purchase
from services.seats.domain.payment_awaited import payment_awaited
from services.seats.domain.wait_ends import long_waits, next_look
from tests.domain.seats.test_wait_ends import HOURS, MINUTES, NOW, since

REQUEST = AdjustRequest(UUID(int=2), member(UUID(int=3)))
CHANGE = Purchase(UUID(int=1), Quantities(2, 1), Quantities(4, 1), 0, REQUEST)
CHANGING = Ledger(
    account=Account.OPEN, purchased=Quantities(2, 1), active=Quantities(2, 0), purchase=CHANGE, baa_signed=True
)
AWAITED = payment_awaited(CHANGING, CHANGE.operation_id)


def test_the_purchased_seats_stay_and_the_new_ones_are_incoming() -> None:
    assert AWAITED.awaits_payment
    assert (capacity_of(AWAITED).purchased, capacity_of(AWAITED).incoming) == (Quantities(2, 1), Quantities(2, 0))
    assert AWAITED.room(SeatType.BASE) == 0


def test_the_payment_of_another_operation_changes_nothing() -> None:
    assert payment_awaited(CHANGING, uuid4()) == CHANGING
    assert payment_awaited(Ledger(), CHANGE.operation_id) == Ledger()


def test_meanwhile_an_admins_change_is_rejected_and_auto_add_buys_nothing() -> None:
    rejected = adjust_seats(AWAITED, Quantities(5, 1), uuid4(), REQUEST)
    assert isinstance(rejected, Reject)
    assert rejected.rejection.code is RejectionCode.PAYMENT_PENDING
    waiting = replace(AWAITED, auto_add=True, waiting=Quantities(1, 0), waiting_since=NOW)
    assert next_purchase(waiting, NOW + timedelta(hours=1), uuid4()) == Rest()


def test_a_wait_for_the_payment_is_not_reported_and_ends_after_a_day() -> None:
    line = [since(1, 30 * MINUTES)]
    ledger = replace(AWAITED, waiting=Quantities(1, 0), waiting_since=line[0].since)
    waits = long_waits(ledger, line, NOW)
    assert (waits.ended, waits.reported_since) == ((), None)
    assert next_look(ledger) == NOW - 30 * MINUTES + 24 * HOURS
    assert long_waits(ledger, line, NOW + 24 * HOURS).ended == tuple(line)
