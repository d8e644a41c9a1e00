"""The card was changed after a purchase was declined."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from contracts.vocabulary import ANYONE, Quantities, RejectionCode, SeatType, StripeFault
from services.seats.domain.card_fixed import NotPaused, Resumed, Unpaid, card_fixed, may_end_by_card
from services.seats.domain.ledger import Account, Ledger
from services.seats.domain.line import Waiter

COMMAND = UUID(int=7)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PAUSED = Ledger(
    account=Account.OPEN,
    purchased=Quantities(1, 0),
    active=Quantities(1, 0),
    last_position=4,
    auto_add=True,
    paused=RejectionCode.PAYMENT_DECLINED,
)


def blocked(number: int, seat_type: SeatType = SeatType.BASE) -> Waiter:
    return Waiter(0, UUID(int=number), seat_type, UUID(int=0), ANYONE)


def test_the_pause_ends_and_everyone_blocked_for_payment_waits_again_in_order() -> None:
    outcome = card_fixed(PAUSED, Unpaid([blocked(1), blocked(2, SeatType.VOICE)]), COMMAND, NOW)
    assert isinstance(outcome, Resumed)
    assert [(waiter.position, waiter.member_id, waiter.correlation_id) for waiter in outcome.joined] == [
        (5, UUID(int=1), COMMAND),
        (6, UUID(int=2), COMMAND),
    ]
    assert outcome.ledger == replace(PAUSED, paused=None, waiting=Quantities(1, 1), last_position=6, waiting_since=NOW)


def test_with_auto_add_off_the_pause_ends_and_they_stay_blocked() -> None:
    off = replace(PAUSED, auto_add=False)
    assert card_fixed(off, Unpaid([blocked(1)]), COMMAND, NOW) == Resumed(replace(off, paused=None))


def test_after_seats_were_reduced_at_stripe_the_pause_ends_and_members_stay_blocked() -> None:
    lowered = replace(PAUSED, purchased=Quantities(0, 0))
    assert card_fixed(lowered, Unpaid([blocked(1)]), COMMAND, NOW) == Resumed(replace(lowered, paused=None))


def test_a_new_card_changes_nothing_where_nothing_was_declined() -> None:
    assert card_fixed(replace(PAUSED, paused=None), Unpaid(), COMMAND, NOW) == NotPaused()
    assert card_fixed(replace(PAUSED, account=Account.REJECTED), Unpaid(), COMMAND, NOW) == NotPaused()


def test_no_card_ends_a_pause_because_stripe_accepts_no_change() -> None:
    refused = replace(PAUSED, paused=RejectionCode.BILLING_UNAVAILABLE, fault=StripeFault.TAX_LOCATION)
    assert not may_end_by_card(refused)
    assert may_end_by_card(PAUSED)
    ended = card_fixed(refused, Unpaid(), COMMAND, NOW)
    assert ended == Resumed(replace(PAUSED, paused=None), types=tuple(SeatType))
