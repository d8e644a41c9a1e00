"""A reduction waits for the renewal, and is made right before it, never below Active."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contracts import seat_rejections
from contracts.payment_vocabulary import Debt
from contracts.vocabulary import FrozenReason, Quantities, RejectionCode, SeatType, member
from services.seats.domain.adjust_seats import Reject
from services.seats.domain.ledger import Account, AdjustRequest, Ledger, Purchase
from services.seats.domain.reduction import Reduction, Target
from services.seats.domain.scheduled_reduction import (
    AGAIN_AFTER,
    MADE_BEFORE,
    REPORTED_BEFORE,
    Ended,
    Look,
    LookAt,
    Make,
    Missed,
    Moved,
    Nothing,
    NothingLeft,
    Scheduled,
    Short,
    TakenBack,
    next_step,
    not_made,
    reduced,
    schedule_reduction,
    take_back_reduction,
)

RENEWAL = datetime(2026, 12, 1, 8, tzinfo=UTC)
DAY = timedelta(days=1)
COMMAND, ADMIN, OPERATION = UUID(int=5), member(UUID(int=6)), UUID(int=9)
AGENCY = Ledger(
    account=Account.OPEN,
    purchased=Quantities(4, 10),
    active=Quantities(2, 6),
    last_position=7,
    baa_signed=True,
    renews_at=RENEWAL,
)
REDUCTION = Reduction(Target(voice=7), RENEWAL, COMMAND, ADMIN)
WAITS = replace(AGENCY, reduction=REDUCTION)
CROWDED = replace(WAITS, active=Quantities(2, 9))
BOUGHT = Purchase(UUID(int=8), Quantities(4, 10), Quantities(4, 11), last=7)


def schedule(base: int, voice: int, ledger: Ledger = AGENCY) -> Scheduled | Reject:
    return schedule_reduction(ledger, Quantities(base, voice), RENEWAL + DAY, COMMAND, ADMIN)


def look(ledger: Ledger, before: timedelta) -> Look:
    return next_step(ledger, RENEWAL - before, OPERATION)


def test_only_counts_that_are_lower_wait_for_the_renewal_and_the_seats_stay_until_then() -> None:
    outcome = schedule(4, 7)
    assert outcome == Scheduled(WAITS, REDUCTION, None)
    assert (AGENCY.room(SeatType.VOICE), outcome.ledger.room(SeatType.VOICE)) == (4, 4)


def test_a_newer_schedule_replaces_the_older_one() -> None:
    newer = Reduction(Target(3, 5), RENEWAL, COMMAND, ADMIN)
    assert schedule(3, 5, WAITS) == Scheduled(replace(AGENCY, reduction=newer), newer, REDUCTION)


def test_counts_below_active_may_be_scheduled_because_people_may_leave_before_the_renewal() -> None:
    assert isinstance(schedule(4, 1), Scheduled)


def test_the_renewal_that_the_admin_saw_counts_until_the_subscriptions_is_known() -> None:
    outcome = schedule(4, 7, replace(AGENCY, renews_at=None))
    assert isinstance(outcome, Scheduled)
    assert outcome.reduction.at == outcome.ledger.renews_at == RENEWAL + DAY


def test_nothing_is_scheduled_while_nobody_knows_the_renewal() -> None:
    outcome = schedule_reduction(replace(AGENCY, renews_at=None), Quantities(4, 7), None, COMMAND, ADMIN)
    assert isinstance(outcome, Reject)
    assert outcome.rejection.code is RejectionCode.BILLING_UNAVAILABLE


@pytest.mark.parametrize(
    ("ledger", "counts", "code"),
    [
        (replace(AGENCY, baa_signed=False), (4, 7), RejectionCode.BAA_UNSIGNED),
        (replace(AGENCY, gone=FrozenReason.SUBSCRIPTION_CANCELED), (4, 7), RejectionCode.BILLING_UNAVAILABLE),
        (replace(AGENCY, owed=Debt(1, 900)), (4, 7), RejectionCode.PAST_DUE),
        (AGENCY, (4, 10), RejectionCode.NOTHING_TO_CHANGE),
    ],
)
def test_a_schedule_is_rejected_as_a_reduction_is(ledger: Ledger, counts: tuple[int, int], code: RejectionCode) -> None:
    outcome = schedule(*counts, ledger)
    assert isinstance(outcome, Reject)
    assert outcome.rejection.code is code


def test_more_seats_cannot_wait_for_the_renewal() -> None:
    assert schedule(3, 11) == Reject(seat_rejections.NotAReduction(SeatType.VOICE, purchased=10, requested=11))


def test_a_schedule_is_taken_back_unless_there_is_none_or_the_baa_is_unsigned() -> None:
    assert take_back_reduction(WAITS) == TakenBack(AGENCY, REDUCTION)
    assert take_back_reduction(AGENCY) == Reject(seat_rejections.NothingToChange())
    unsigned = take_back_reduction(replace(WAITS, baa_signed=False))
    assert isinstance(unsigned, Reject)
    assert unsigned.rejection.code is RejectionCode.BAA_UNSIGNED


def test_a_reduction_is_made_an_hour_before_the_renewal_in_absolute_counts_for_the_admin_who_scheduled_it() -> None:
    step = look(WAITS, MADE_BEFORE)
    request = AdjustRequest(COMMAND, ADMIN, renewal=RENEWAL)
    purchase = Purchase(OPERATION, Quantities(4, 10), Quantities(4, 7), last=7, request=request)
    tried = replace(REDUCTION, tried_at=RENEWAL - MADE_BEFORE)
    assert step == Make(replace(WAITS, purchase=purchase, reduction=tried), purchase)
    assert step.ledger.room(SeatType.VOICE) == 1, "from now on the seats are held back"


def test_while_it_is_being_made_it_cannot_be_changed_or_taken_back_or_made_twice() -> None:
    step = look(WAITS, MADE_BEFORE)
    assert isinstance(step, Make)
    busy = Reject(seat_rejections.PurchaseUnderWay())
    assert (schedule(4, 8, step.ledger), take_back_reduction(step.ledger)) == (busy, busy)
    assert look(step.ledger, timedelta()) == Nothing()


@pytest.mark.parametrize(
    ("active", "waiting", "left"),
    [((2, 6), (0, 0), (4, 7)), ((2, 9), (0, 0), (4, 9)), ((2, 8), (0, 1), (4, 9)), ((2, 10), (0, 3), (4, 10))],
)
def test_it_never_goes_below_active_nor_below_those_who_get_a_free_seat_next(
    active: tuple[int, int], waiting: tuple[int, int], left: tuple[int, int]
) -> None:
    ledger = replace(WAITS, active=Quantities(*active), waiting=Quantities(*waiting))
    assert reduced(ledger, REDUCTION.to) == Quantities(*left)


def test_it_never_adds_seats_when_the_counts_were_lowered_meanwhile() -> None:
    assert reduced(replace(WAITS, purchased=Quantities(1, 6)), Target(3, 7)) == Quantities(1, 6)


def test_it_is_over_when_all_seats_are_in_use() -> None:
    full = replace(WAITS, active=Quantities(2, 10))
    assert look(full, MADE_BEFORE) == NothingLeft(replace(full, reduction=None), REDUCTION)


def test_admins_learn_seven_days_before_that_less_would_be_reduced_and_once() -> None:
    assert look(CROWDED, REPORTED_BEFORE + DAY) == LookAt(RENEWAL - REPORTED_BEFORE)
    told = replace(REDUCTION, is_reported=True)
    step = look(CROWDED, REPORTED_BEFORE)
    assert step == Short(replace(CROWDED, reduction=told), told)
    assert look(step.ledger, REPORTED_BEFORE) == LookAt(RENEWAL - MADE_BEFORE)
    assert look(WAITS, REPORTED_BEFORE) == LookAt(RENEWAL - MADE_BEFORE), "enough seats are free"


def test_a_renewal_that_moves_moves_the_reduction_and_its_notice() -> None:
    later = replace(WAITS, renews_at=RENEWAL + 30 * DAY, reduction=replace(REDUCTION, is_reported=True))
    moved = replace(REDUCTION, at=RENEWAL + 30 * DAY)
    assert look(later, MADE_BEFORE) == Moved(replace(later, reduction=moved), moved)


def test_a_renewal_that_has_come_first_ends_the_reduction_and_reduces_nothing() -> None:
    renewed = replace(WAITS, renews_at=RENEWAL + 30 * DAY)
    assert look(renewed, timedelta()) == Missed(replace(renewed, reduction=None), REDUCTION)


def test_it_waits_for_a_purchase_under_way_and_is_missed_if_that_does_not_end() -> None:
    buying = replace(WAITS, purchase=BOUGHT)
    assert look(buying, MADE_BEFORE) == LookAt(RENEWAL - MADE_BEFORE + AGAIN_AFTER)
    assert look(buying, timedelta(minutes=1)) == LookAt(RENEWAL)
    assert isinstance(look(buying, timedelta()), Missed)


def test_an_attempt_that_was_rejected_is_repeated_after_a_while_and_names_the_reason() -> None:
    tried = replace(WAITS, reduction=replace(REDUCTION, tried_at=RENEWAL - MADE_BEFORE))
    again = not_made(tried, RejectionCode.PAST_DUE)
    assert look(again, MADE_BEFORE) == LookAt(RENEWAL - MADE_BEFORE + AGAIN_AFTER)
    assert isinstance(look(again, MADE_BEFORE - AGAIN_AFTER), Make)
    missed = look(again, timedelta())
    assert isinstance(missed, Missed)
    assert missed.reduction.code is RejectionCode.PAST_DUE


def test_seats_that_were_changed_at_stripe_are_no_reason_to_name() -> None:
    assert not_made(WAITS, RejectionCode.QUOTE_STALE) == WAITS
    assert not_made(AGENCY, RejectionCode.PAST_DUE) == AGENCY


def test_a_subscription_that_has_ended_ends_the_reduction() -> None:
    gone = replace(WAITS, gone=FrozenReason.SUBSCRIPTION_CANCELED)
    assert look(gone, 20 * DAY) == Ended(replace(gone, reduction=None), REDUCTION)
    assert look(AGENCY, timedelta()) == Nothing()
