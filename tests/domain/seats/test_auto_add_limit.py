"""The limits of Auto-Add: seats in all, seats of a month, and their price a month, for each seat type."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from contracts.vocabulary import ANYONE, AutoAddMeasure, BlockedReason, Quantities, RejectionCode, SeatType
from services.seats.domain import auto_add_limit
from services.seats.domain.auto_add import Buy, Rest, next_purchase
from services.seats.domain.auto_add_limit import (
    LimitNotice,
    Usage,
    counted,
    left,
    limited,
    most_waiting,
    this_month,
    with_notices,
)
from services.seats.domain.card_fixed import Resumed, Unpaid, card_fixed
from services.seats.domain.first_login import Admit, Block, Wait, first_login
from services.seats.domain.ledger import Account, AdjustRequest, Ledger, Purchase
from services.seats.domain.limits import Limit, Limits, Nearness, OfType
from services.seats.domain.line import Waiter, join, move
from services.seats.domain.purchase_settled import Paid, Terms, purchase_settled

BASE, VOICE = SeatType.BASE, SeatType.VOICE
NOW = datetime(2026, 3, 31, 23, 59, tzinfo=UTC)
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
OPERATION = UUID(int=9)
AT_LIMIT = Block(BlockedReason.AUTO_ADD_LIMIT)
REQUEST = AdjustRequest(UUID(int=5), ANYONE)
FULL = Ledger(
    account=Account.OPEN,
    purchased=Quantities(2, 3),
    active=Quantities(2, 3),
    baa_signed=True,
    auto_add=True,
)


def voice(limit: Limit, ledger: Ledger = FULL, **of_type: Any) -> Ledger:  # noqa: ANN401  fields of OfType
    limits = ledger.limits.put(VOICE, replace(OfType(limit, price=1_000), **of_type))
    return replace(ledger, limits=replace(limits, month=MARCH))


def in_line(ledger: Ledger, *types: SeatType) -> tuple[Ledger, list[Waiter]]:
    waiters = [
        Waiter(position, UUID(int=100 + position), seat_type, UUID(int=200 + position), ANYONE)
        for position, seat_type in enumerate(types, start=1)
    ]
    for waiter in waiters:
        ledger = join(ledger, waiter)
    return ledger, waiters


def positions(waiters: Sequence[Waiter]) -> list[int]:
    return [waiter.position for waiter in waiters]


def test_without_a_limit_auto_add_buys_as_before() -> None:
    assert (left(FULL, VOICE), most_waiting(FULL, VOICE)) == (None, None)
    assert first_login(FULL, VOICE) == Wait()


@pytest.mark.parametrize(
    ("limit", "added", "seats"),
    [
        (Limit(seats=5), 0, 2),
        (Limit(seats=3), 0, 0),
        (Limit(month_seats=4), 1, 3),
        (Limit(month_seats=4), 4, 0),
        (Limit(month_amount=3_999), 1, 2),
        (Limit(month_amount=999), 0, 0),
        (Limit(seats=9, month_seats=4, month_amount=2_500), 0, 2),
        (Limit(seats=0, month_seats=0, month_amount=0), 0, 0),
    ],
)
def test_the_tightest_limit_counts(limit: Limit, added: int, seats: int) -> None:
    assert left(voice(limit, added=added), VOICE) == seats


@pytest.mark.parametrize("limit", [Limit(seats=2), Limit(month_seats=1), Limit(month_amount=500)])
def test_a_limit_below_what_is_used_leaves_no_seat_and_takes_none_away(limit: Limit) -> None:
    ledger = voice(limit, added=2)
    assert left(ledger, VOICE) == 0
    assert ledger.room(VOICE) == 0


def test_a_limit_of_the_price_leaves_nothing_while_the_price_is_not_known_and_any_number_of_free_seats() -> None:
    assert left(voice(Limit(month_amount=9_999), price=None), VOICE) == 0
    assert left(voice(Limit(month_amount=0), price=0), VOICE) is None


def test_at_a_limit_the_next_first_login_is_blocked_and_a_free_seat_is_still_given() -> None:
    assert first_login(voice(Limit(seats=3)), VOICE) == AT_LIMIT
    roomy = voice(Limit(seats=0), replace(FULL, purchased=Quantities(2, 4)))
    assert isinstance(first_login(roomy, VOICE), Admit)


def test_a_limit_of_one_seat_type_does_not_limit_the_other() -> None:
    assert first_login(voice(Limit(seats=0)), BASE) == Wait()


def test_the_reason_of_a_pause_comes_before_the_limit() -> None:
    paused = replace(voice(Limit(seats=3)), paused=RejectionCode.PAYMENT_DECLINED)
    assert first_login(paused, VOICE) == Block(BlockedReason.PAYMENT_DECLINED)
    assert first_login(replace(paused, auto_add=False), VOICE) == Block(BlockedReason.NO_SEAT_AVAILABLE)


def test_those_who_wait_already_use_the_limit() -> None:
    ledger, _ = in_line(voice(Limit(month_seats=2)), VOICE)
    assert first_login(ledger, VOICE) == Wait()
    ledger, _ = in_line(voice(Limit(month_seats=2)), VOICE, VOICE)
    assert first_login(ledger, VOICE) == AT_LIMIT


def test_the_seats_of_a_purchase_under_way_are_used_once() -> None:
    ledger, _ = in_line(voice(Limit(month_seats=2)), VOICE)
    bought = next_purchase(ledger, NOW, OPERATION)
    assert isinstance(bought, Buy)
    assert first_login(bought.ledger, VOICE) == Wait()
    ledger, _ = in_line(bought.ledger, VOICE)
    assert first_login(ledger, VOICE) == AT_LIMIT


def test_a_purchase_for_many_is_cut_to_what_the_limit_leaves() -> None:
    ledger, _ = in_line(voice(Limit(seats=5)), VOICE, BASE, VOICE, VOICE, BASE)
    bought = next_purchase(ledger, NOW, OPERATION)
    assert isinstance(bought, Buy)
    assert bought.purchase.after == Quantities(4, 5)


def test_nothing_is_bought_for_a_line_for_which_the_limit_leaves_no_seat() -> None:
    ledger, _ = in_line(voice(Limit(seats=3)), VOICE)
    assert next_purchase(ledger, NOW, OPERATION) == Rest()


def test_the_last_to_arrive_are_blocked_and_the_first_wait_on() -> None:
    ledger, line = in_line(voice(Limit(month_seats=2)), VOICE, BASE, VOICE, VOICE, VOICE, BASE)
    moved = move(ledger, line)
    assert (positions(moved.left), positions(moved.denied)) == ([1, 2, 3, 6], [4, 5])
    assert (moved.reasons[SeatType.VOICE], moved.ledger.waiting) == (BlockedReason.AUTO_ADD_LIMIT, Quantities(2, 2))


def test_both_types_at_their_limits_are_blocked_in_order_of_arrival() -> None:
    limits = Limits(OfType(Limit(seats=2)), OfType(Limit(seats=3)))
    ledger, line = in_line(replace(FULL, limits=limits), VOICE, BASE, VOICE)
    assert positions(move(ledger, line).denied) == [1, 2, 3]


def test_a_limit_that_is_lowered_cuts_no_purchase_under_way() -> None:
    ledger, line = in_line(voice(Limit(month_seats=2)), VOICE, VOICE)
    bought = next_purchase(ledger, NOW, OPERATION)
    assert isinstance(bought, Buy)
    lowered = limited(bought.ledger, Limit(), Limit(month_seats=0))
    moved = move(lowered, line)
    assert (positions(moved.left), moved.denied) == ([1, 2], ())
    newcomer, longer = in_line(lowered, VOICE, VOICE, VOICE)
    newcomer = replace(newcomer, waiting=Quantities(0, 3))
    assert positions(move(newcomer, longer).denied) == [3]


def test_a_long_line_is_cut_in_portions() -> None:
    ledger, line = in_line(voice(Limit(month_seats=1)), VOICE, VOICE, VOICE, VOICE)
    moved = move(ledger, line[:2], whole=False)
    assert (positions(moved.left), positions(moved.denied), moved.unfinished) == ([1], [2], True)
    assert moved.ledger.waiting == Quantities(0, 3)


def test_an_admins_reduction_under_way_leaves_more_to_the_limit_of_seats_in_all() -> None:
    free = voice(Limit(seats=4), replace(FULL, active=Quantities(2, 2)))
    reducing = replace(free, purchase=Purchase(OPERATION, Quantities(2, 3), Quantities(2, 2), 0, REQUEST))
    assert (left(reducing, VOICE), most_waiting(reducing, VOICE)) == (2, 2)


def test_an_admins_purchase_counts_for_the_limit_of_seats_in_all_once_it_is_paid() -> None:
    buying = replace(
        voice(Limit(seats=4)), purchase=Purchase(OPERATION, Quantities(2, 3), Quantities(2, 9), 0, REQUEST)
    )
    assert left(buying, VOICE) == 1
    paid = purchase_settled(buying, OPERATION, Quantities(2, 9), Terms(6_000), NOW)
    assert isinstance(paid, Paid)
    assert (left(paid.ledger, VOICE), paid.ledger.limits.voice.added) == (0, 0)


def test_members_whom_an_admin_lets_in_use_no_limit() -> None:
    request = replace(REQUEST, lets_in_for=UUID(int=6))
    ledger, _ = in_line(voice(Limit(month_seats=1)), VOICE, VOICE)
    letting_in = replace(ledger, purchase=Purchase(OPERATION, Quantities(2, 3), Quantities(2, 5), 2, request))
    assert first_login(letting_in, VOICE) == Wait()
    assert most_waiting(letting_in, VOICE) == 3


def test_a_paid_purchase_of_auto_add_counts_in_the_month_in_which_it_is_paid() -> None:
    purchase = Purchase(OPERATION, Quantities(2, 3), Quantities(2, 5), 2)
    ledger = replace(voice(Limit(month_seats=4), added=1), purchase=purchase)
    paid = purchase_settled(ledger, OPERATION, Quantities(2, 5), Terms(2_000, unsettled=True), NOW)
    assert isinstance(paid, Paid)
    assert (paid.ledger.limits.month, paid.ledger.limits.voice.added) == (MARCH, 3)
    later = purchase_settled(ledger, OPERATION, Quantities(2, 5), Terms(2_000), NOW + timedelta(minutes=1))
    assert isinstance(later, Paid)
    assert (later.ledger.limits.month, later.ledger.limits.voice.added) == (APRIL, 2)


def test_a_month_begins_at_midnight_in_utc() -> None:
    limits = voice(Limit(month_seats=1), added=1).limits
    assert this_month(limits, NOW) is limits
    west = datetime(2026, 3, 31, 19, 0, tzinfo=timezone(timedelta(hours=-5)))
    assert this_month(limits, west).voice.added == 0
    assert this_month(Limits(), NOW) == Limits()
    assert counted(Limits(), Quantities(1, 2), west).month == APRIL


def test_everybody_for_whom_the_limit_leaves_no_seat_is_blocked_when_a_pause_ends() -> None:
    paused = replace(voice(Limit(month_seats=1)), paused=RejectionCode.PAYMENT_DECLINED)
    _, unpaid = in_line(FULL, VOICE, VOICE, VOICE)
    resumed = card_fixed(paused, Unpaid(unpaid), UUID(int=7), NOW)
    assert isinstance(resumed, Resumed)
    moved = move(resumed.ledger, resumed.joined)
    assert (positions(moved.left), positions(moved.denied)) == ([1], [2, 3])


def test_the_admins_are_told_once_at_four_fifths_of_a_limit_and_once_at_the_limit() -> None:
    ledger, none = with_notices(voice(Limit(month_seats=5), added=3))
    assert none == ()
    near, news = with_notices(voice(Limit(month_seats=5), ledger, added=4))
    assert news == (LimitNotice(VOICE, Usage(AutoAddMeasure.MONTH_SEATS, 4, 5, 1)),)
    assert with_notices(near) == (near, ())
    full = near.limits.put(VOICE, replace(near.limits.voice, added=5))
    reached, news = with_notices(replace(near, limits=full))
    assert [(it.usage.used, it.usage.nearness) for it in news] == [(5, Nearness.REACHED)]
    assert with_notices(reached) == (reached, ())


def test_the_admins_are_told_again_once_the_limit_was_far() -> None:
    reached, _ = with_notices(voice(Limit(month_seats=1), added=1))
    again, none = with_notices(replace(reached, limits=this_month(reached.limits, NOW + timedelta(minutes=1))))
    assert (none, again.limits.voice.notified) == ((), Nearness.FAR)


def test_the_admins_who_set_a_limit_are_not_told_of_it_nor_is_anybody_while_auto_add_is_off() -> None:
    assert with_notices(limited(FULL, Limit(), Limit(seats=3)))[1] == ()
    assert with_notices(replace(voice(Limit(seats=3)), auto_add=False))[1] == ()


def test_nobody_is_told_of_a_price_that_is_not_known() -> None:
    assert with_notices(voice(Limit(month_amount=100), price=None))[1] == ()
    assert with_notices(voice(Limit(seats=3, month_amount=100), price=None))[1] == (
        LimitNotice(VOICE, Usage(AutoAddMeasure.SEATS, 3, 3, 0)),
    )


def test_as_many_seats_as_are_missing_are_within_no_limit() -> None:
    assert auto_add_limit.within(FULL, VOICE, 7) == 7
