"""The waiting line: served from its head; members who may not wait any longer are denied."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contracts.vocabulary import ANYONE, BlockedReason, Quantities, RejectionCode, SeatType
from services.seats.domain.account import opened, rejected
from services.seats.domain.ledger import Account, Ledger, Purchase
from services.seats.domain.line import FOUNDER, Waiter, dismiss, join, move

BASE, VOICE = SeatType.BASE, SeatType.VOICE
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def waiter(position: int, seat_type: SeatType = BASE) -> Waiter:
    return Waiter(position, UUID(int=100 + position), seat_type, UUID(int=200 + position), ANYONE)


def waited_for(*line: Waiter, **others: object) -> Ledger:
    ledger = Ledger(account=Account.OPEN, purchased=Quantities(2, 2), active=Quantities(2, 2))
    for someone in line:
        ledger = join(ledger, someone)
    return replace(ledger, **{"auto_add": True, **others})  # type: ignore[arg-type]


def test_a_member_who_joins_the_line_is_counted_and_the_next_one_joins_behind() -> None:
    ledger = join(join(Ledger(), waiter(FOUNDER, VOICE)), waiter(1))
    assert (ledger.waiting, ledger.last_position) == (Quantities(1, 1), 1)


def test_the_line_is_served_in_order_of_arrival_while_there_is_room() -> None:
    line = [waiter(1), waiter(2), waiter(3)]
    moved = move(waited_for(*line, purchased=Quantities(4, 2)), line)
    assert moved.admitted == (line[0], line[1])
    assert (moved.left, moved.denied) == ((line[2],), ())
    assert (moved.ledger.active, moved.ledger.waiting) == (Quantities(4, 2), Quantities(1, 0))


def test_each_seat_type_is_served_for_itself() -> None:
    line = [waiter(1, VOICE), waiter(2)]
    moved = move(waited_for(*line, purchased=Quantities(3, 2)), line)
    assert (moved.admitted, moved.left) == ((line[1],), (line[0],))


def test_nobody_is_served_before_the_account_is_open() -> None:
    line = [waiter(FOUNDER)]
    ledger = join(Ledger(), line[0])
    moved = move(ledger, line)
    assert (moved.ledger, moved.left, moved.admitted, moved.denied) == (ledger, tuple(line), (), ())


def test_the_first_admin_is_seated_first_when_the_account_opens_and_members_without_room_are_denied() -> None:
    line = [waiter(FOUNDER), waiter(1), waiter(2)]
    ledger = Ledger()
    for someone in line:
        ledger = join(ledger, someone)
    moved = move(opened(ledger, Quantities(2, 0)), line)
    assert moved.admitted == (line[0], line[1])
    assert (moved.denied, moved.reasons[VOICE]) == ((line[2],), BlockedReason.NO_SEAT_AVAILABLE)


def test_a_rejected_account_denies_everyone_in_line_but_the_first_admin_whose_agency_ends() -> None:
    line = [waiter(FOUNDER), waiter(1)]
    moved = rejected(join(join(Ledger(), line[0]), line[1]), line)
    assert (moved.denied, moved.reasons[VOICE]) == ((line[1],), BlockedReason.PAYMENT_DECLINED)
    assert (moved.ledger.account, moved.ledger.waiting, moved.left) == (Account.REJECTED, Quantities(), ())


def test_after_off_a_purchase_already_sent_keeps_those_it_was_made_for_and_denies_the_rest() -> None:
    line = [waiter(1), waiter(2), waiter(3)]
    purchase = Purchase(UUID(int=1), Quantities(2, 2), Quantities(4, 2), last=2)
    moved = move(waited_for(*line, purchase=purchase, auto_add=False), line)
    assert (moved.left, moved.denied) == ((line[0], line[1]), (line[2],))
    assert moved.reasons[VOICE] is BlockedReason.NO_SEAT_AVAILABLE
    assert moved.ledger.waiting == Quantities(2, 0)


@pytest.mark.parametrize("change", [{"auto_add": False}, {"paused": RejectionCode.PAST_DUE}], ids=["off", "paused"])
def test_nobody_waits_for_a_purchase_that_will_not_come(change: dict[str, object]) -> None:
    line = [waiter(1)]
    moved = move(waited_for(*line, **change), line)
    assert (moved.denied, moved.left) == ((line[0],), ())


def test_dismissing_the_line_denies_everyone_in_order() -> None:
    line = [waiter(1), waiter(2, VOICE)]
    moved = dismiss(waited_for(*line), line, BlockedReason.PAYMENT_DECLINED)
    assert (moved.denied, moved.reasons[VOICE]) == (tuple(line), BlockedReason.PAYMENT_DECLINED)
    assert moved.ledger.waiting == Quantities()


def test_the_line_knows_since_when_the_longest_wait_in_it_lasts() -> None:
    first, second = (replace(waiter(n), since=NOW + timedelta(seconds=n)) for n in (1, 2))
    ledger = waited_for(first, second)
    assert ledger.waiting_since == first.since
    served = move(replace(ledger, purchased=Quantities(3, 2)), [first, second])
    assert (served.admitted, served.ledger.waiting_since) == ((first,), second.since)
    assert dismiss(ledger, [first, second], BlockedReason.PAYMENT_DECLINED).ledger.waiting_since is None
