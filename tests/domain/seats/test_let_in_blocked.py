"""One change of an admin buys seats and lets Blocked members in."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from contracts import billing_rejections
from contracts.payment_vocabulary import Debt
from contracts.vocabulary import BlockedReason, Quantities, RejectionCode, SeatType, member
from services.seats.domain.adjust_seats import Reject, Start, adjust_seats
from services.seats.domain.ledger import Account, AdjustRequest, Ledger
from services.seats.domain.let_in_blocked import Begun, let_in, withdraw
from services.seats.domain.line import Waiter, move
from tests.support.clock import START

VOICE, BASE = SeatType.VOICE, SeatType.BASE
FULL, DECLINED = BlockedReason.NO_SEAT_AVAILABLE, BlockedReason.PAYMENT_DECLINED
REQUEST = AdjustRequest(UUID(int=5), member(UUID(int=6)), lets_in_for=UUID(int=4))
ANN, BO, CY = UUID(int=21), UUID(int=22), UUID(int=23)
AGENCY = Ledger(account=Account.OPEN, purchased=Quantities(1, 2), active=Quantities(1, 1), baa_signed=True)
PAUSED = replace(AGENCY, auto_add=True, paused=RejectionCode.PAYMENT_DECLINED)


def start(base: int, voice: int, ledger: Ledger = AGENCY) -> Start:
    change = adjust_seats(ledger, Quantities(base, voice), UUID(int=9), REQUEST)
    assert isinstance(change, Start)
    return change


def begun(base: int, voice: int, *people: tuple[UUID, SeatType, BlockedReason], ledger: Ledger = AGENCY) -> Begun:
    outcome = let_in(start(base, voice, ledger), people, (), START)
    assert isinstance(outcome, Begun)
    return outcome


def test_they_join_the_line_for_the_change_and_get_no_seat_before_it_is_made_not_even_a_free_one() -> None:
    outcome = begun(2, 3, (ANN, VOICE, FULL), (BO, VOICE, FULL), (CY, BASE, FULL))
    ledger = outcome.start.ledger
    assert [waiter.position for waiter in outcome.joined] == [1, 2, 3]
    assert {waiter.correlation_id for waiter in outcome.joined} == {REQUEST.command_id}
    assert (ledger.waiting, ledger.purchase) == (Quantities(1, 2), outcome.start.purchase)
    assert outcome.start.purchase.last == 3
    assert ledger.lets_in
    assert ledger.room(VOICE) == 1
    newcomer = Waiter(4, UUID(int=30), VOICE, UUID(int=31), member(UUID(int=30)), START)
    assert move(ledger, [*outcome.joined, newcomer]).admitted == (), "the free seat is kept for them"
    paid = replace(ledger, purchase=None, purchased=Quantities(2, 3))
    assert move(paid, outcome.joined).admitted == outcome.joined


def test_counts_that_leave_somebody_without_a_seat_are_stale_and_so_is_a_person_who_has_one() -> None:
    stale = Reject(billing_rejections.QuoteStale())
    two = [(ANN, VOICE, FULL), (BO, VOICE, FULL)]
    in_line = replace(AGENCY, waiting=Quantities(0, 1), auto_add=True)
    assert isinstance(let_in(start(1, 3), two, (), START), Begun)
    assert let_in(start(2, 2), two, (), START) == stale
    assert let_in(start(1, 3, in_line), two, (), START) == stale
    assert let_in(start(1, 3), two, {BO}, START) == stale


def test_after_a_rejected_change_they_are_blocked_as_before() -> None:
    outcome = begun(1, 4, (ANN, VOICE, FULL), (BO, VOICE, DECLINED), ledger=PAUSED)
    over = withdraw(replace(outcome.start.ledger, purchase=None), outcome.joined)
    assert (over.gone, over.kept) == (outcome.joined, ())
    assert over.ledger.waiting == Quantities()
    assert [waiter.member_id for waiter in over.unpaid] == [BO], (
        "a good card lets in those who were Blocked for payment"
    )


def test_those_blocked_for_payment_wait_on_when_a_good_card_came_meanwhile() -> None:
    outcome = begun(1, 4, (ANN, VOICE, FULL), (BO, VOICE, DECLINED), ledger=PAUSED)
    resumed = replace(outcome.start.ledger, purchase=None, paused=None)
    over = withdraw(resumed, outcome.joined)
    assert [waiter.member_id for waiter in over.gone] == [ANN]
    assert over.kept == (replace(outcome.joined[1], blocked=None),)
    assert (over.unpaid, over.ledger.waiting) == ((), Quantities(0, 1))


def test_a_reason_of_payment_that_no_pause_keeps_is_no_claim_to_a_seat() -> None:
    growing = replace(AGENCY, auto_add=True)
    outcome = begun(1, 3, (ANN, VOICE, BlockedReason.BILLING_UNAVAILABLE), ledger=growing)
    assert outcome.joined[0].blocked is FULL
    assert withdraw(replace(outcome.start.ledger, purchase=None), outcome.joined).gone == outcome.joined


def test_what_is_owed_keeps_the_claim_too_and_nobody_to_withdraw_changes_nothing() -> None:
    owing = replace(AGENCY, owed=Debt(1, 100))
    waiter = Waiter(1, ANN, VOICE, UUID(int=5), member(ANN), START - timedelta(hours=1), BlockedReason.PAST_DUE)
    assert withdraw(owing, [replace(waiter, blocked=None)]).ledger is owing
    over = withdraw(replace(owing, waiting=Quantities(0, 1)), [waiter])
    assert over.unpaid == (waiter,)
