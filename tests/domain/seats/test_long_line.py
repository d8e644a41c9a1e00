"""A line that is too long for one transaction is served, and denied, in portions: in order, and nobody overtaken."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from contracts.vocabulary import ANYONE, BlockedReason, Quantities, RejectionCode
from services.seats.domain.account import rejected
from services.seats.domain.auto_add import Buy, Rest, next_purchase
from services.seats.domain.card_fixed import Resumed, Unpaid, card_fixed
from services.seats.domain.ledger import Account, Dismissal, Ledger, Purchase, Serving
from services.seats.domain.line import FOUNDER, Waiter, dismiss, move, without
from services.seats.domain.release import LeftTheLine, release
from services.seats.domain.wait_ends import long_waits
from tests.domain.seats.test_line import BASE, NOW, VOICE, waited_for, waiter

OPERATION = UUID(int=7)
LINE = [waiter(1), waiter(2, VOICE), waiter(3), waiter(4, VOICE), waiter(5)]


def test_the_head_of_a_long_line_is_served_and_the_rest_stays_in_the_counts() -> None:
    serving = Serving(OPERATION, 5)
    moved = move(waited_for(*LINE, purchased=Quantities(5, 4), serving=serving), LINE[:2], whole=False)
    assert moved.admitted == tuple(LINE[:2])
    assert (moved.ledger.active, moved.ledger.waiting) == (Quantities(3, 3), Quantities(2, 1))
    assert (moved.unfinished, moved.ledger.serving) == (True, serving)
    rest = move(moved.ledger, LINE[2:])
    assert (rest.admitted, rest.unfinished, rest.ledger.serving) == (tuple(LINE[2:]), False, None)
    assert rest.ledger.waiting == Quantities()


def test_nothing_is_bought_for_members_whose_seats_are_free_already() -> None:
    serving = waited_for(*LINE, purchased=Quantities(5, 4))
    assert next_purchase(serving, NOW, OPERATION) == Rest()
    full = waited_for(*LINE)
    assert isinstance(next_purchase(full, NOW, OPERATION), Buy)
    denying = replace(full, dismissal=Dismissal(BlockedReason.PAYMENT_DECLINED, 5))
    assert next_purchase(denying, NOW, OPERATION) == Rest()


def test_a_long_line_that_may_not_wait_is_denied_head_by_head() -> None:
    off = waited_for(*LINE, auto_add=False)
    first = move(off, LINE[:2], whole=False)
    assert (first.denied, first.unfinished) == (tuple(LINE[:2]), True)
    second = move(first.ledger, LINE[2:])
    assert (second.denied, second.unfinished, second.ledger.waiting) == (tuple(LINE[2:]), False, Quantities())


def test_members_behind_a_purchase_under_way_are_denied_without_those_it_is_made_for() -> None:
    purchase = Purchase(OPERATION, Quantities(2, 2), Quantities(4, 3), last=3)
    off = waited_for(*LINE, purchase=purchase, auto_add=False)
    moved = move(off, LINE[:1], LINE[3:], whole=False)
    assert (moved.denied, moved.left) == (tuple(LINE[3:]), (LINE[0],))
    assert moved.ledger.waiting == Quantities(2, 1)
    assert not move(moved.ledger, LINE[:1], whole=False).unfinished, "the promised ones keep waiting"


def test_a_declined_purchase_denies_a_long_line_for_its_reason_whatever_comes_between() -> None:
    paused = waited_for(*LINE, paused=RejectionCode.PAYMENT_DECLINED)
    reason = BlockedReason.PAYMENT_DECLINED
    first = dismiss(paused, LINE[:2], reason, OPERATION, whole=False)
    assert (first.denied, first.reasons[VOICE], first.operation_id, first.unfinished) == (
        tuple(LINE[:2]),
        reason,
        OPERATION,
        True,
    )
    between = replace(first.ledger, auto_add=False)
    second = move(between, LINE[2:4], whole=False)
    assert (second.denied, second.reasons[VOICE], second.operation_id) == (tuple(LINE[2:4]), reason, OPERATION)
    third = move(second.ledger, LINE[4:])
    assert (third.denied, third.ledger.dismissal, third.ledger.waiting) == ((LINE[4],), None, Quantities())


def test_a_dismissal_ends_where_the_newcomers_begin() -> None:
    ledger = replace(waited_for(*LINE), dismissal=Dismissal(BlockedReason.PAYMENT_DECLINED, 3))
    moved = move(ledger, LINE[3:], whole=False)
    assert (moved.denied, moved.left, moved.ledger.dismissal) == ((), tuple(LINE[3:]), None)
    assert moved.unfinished, "they are decided by the usual rules next"


def test_a_rejected_account_ends_a_long_line_without_its_first_admin() -> None:
    line = [waiter(FOUNDER), *LINE]
    moved = rejected(replace(waited_for(*line), account=Account.AWAITED), line[:2], whole=False)
    assert (moved.denied, moved.unfinished, moved.ledger.account) == ((line[1],), True, Account.REJECTED)
    assert move(moved.ledger, line[2:]).denied == tuple(line[2:])


def test_many_blocked_for_payment_wait_again_behind_the_first_of_them() -> None:
    paused = replace(waited_for(), paused=RejectionCode.PAYMENT_DECLINED, last_position=9)
    first = [Waiter(0, UUID(int=n), BASE, UUID(int=0), ANYONE) for n in (1, 2)]
    outcome = card_fixed(paused, Unpaid(first, Quantities(3, 4)), OPERATION, NOW)
    assert isinstance(outcome, Resumed)
    assert ([waiter.position for waiter in outcome.joined], outcome.rest, outcome.count) == ([10, 11], 7, 9)
    assert (outcome.ledger.waiting, outcome.ledger.last_position) == (Quantities(5, 4), 18)


def test_a_good_card_stops_the_denial_of_a_long_line() -> None:
    denying = waited_for(
        *LINE, paused=RejectionCode.PAYMENT_DECLINED, dismissal=Dismissal(BlockedReason.PAYMENT_DECLINED, 5)
    )
    outcome = card_fixed(denying, Unpaid(), OPERATION, NOW)
    assert isinstance(outcome, Resumed)
    assert (outcome.ledger.dismissal, outcome.ledger.waiting) == (None, denying.waiting)


def test_the_longest_wait_is_known_from_the_heads_of_both_types() -> None:
    early, late = replace(LINE[0], since=NOW), replace(LINE[1], since=NOW + timedelta(minutes=1))
    ledger = replace(waited_for(*LINE), waiting_since=NOW)
    assert without(ledger, [early], [late], whole=False).waiting_since == NOW, "somebody unseen may wait since then"
    seen = [late, replace(LINE[2], since=NOW + timedelta(minutes=2))]
    assert without(ledger, [early], seen, whole=False).waiting_since == late.since


def test_a_member_in_the_middle_of_a_long_line_leaves_it() -> None:
    ledger: Ledger = waited_for(*LINE)
    outcome = release(ledger, [LINE[0], LINE[3]], LINE[3].member_id, None, whole=False)
    assert outcome == LeftTheLine(replace(ledger, waiting=Quantities(3, 1)), LINE[3])


def test_waits_of_a_day_end_portion_by_portion() -> None:
    line = [replace(waiter, since=NOW - timedelta(hours=25)) for waiter in LINE]
    ledger = replace(waited_for(*line), reported_at=NOW)
    waits = long_waits(ledger, line[:2], NOW, whole=False)
    assert (waits.ended, waits.ledger.waiting) == (tuple(line[:2]), Quantities(2, 1))
    assert waits.ledger.waiting_since == line[0].since, "so that the clock looks again at once"
