"""The policy of each seat type: approve each, use free seats or else ask, or buy when full."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from contracts.policy_vocabulary import SeatPolicy
from contracts.vocabulary import ANYONE, BlockedReason, Quantities, RejectionCode, SeatType
from services.seats.domain.accept_invite import accept_invite
from services.seats.domain.auto_add import Buy, Rest, next_purchase
from services.seats.domain.auto_add_limit import limited, with_notices
from services.seats.domain.card_fixed import Resumed, Unpaid, card_fixed
from services.seats.domain.first_login import Admit, Block, Wait, first_login
from services.seats.domain.ledger import Account, Ledger, Purchase
from services.seats.domain.limits import Limit
from services.seats.domain.line import Waiter, join, move
from services.seats.domain.policies import Policies
from services.seats.domain.seat_policy import policy_of, switched, with_policies

BASE, VOICE = SeatType.BASE, SeatType.VOICE
APPROVE, ASK, BUY = SeatPolicy.APPROVE_EACH, SeatPolicy.ASK, SeatPolicy.BUY
ROOM = Ledger(account=Account.OPEN, purchased=Quantities(2, 2), active=Quantities(1, 1))
FULL = replace(ROOM, active=Quantities(2, 2))
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def waiter(position: int, seat_type: SeatType) -> Waiter:
    return Waiter(position, UUID(int=position), seat_type, UUID(int=0), ANYONE, NOW)


@pytest.mark.parametrize(("auto_add", "policy"), [(False, ASK), (True, BUY)])
def test_a_type_without_a_policy_follows_the_switch(auto_add: bool, policy: SeatPolicy) -> None:
    ledger = replace(FULL, auto_add=auto_add)
    assert (policy_of(ledger, BASE), policy_of(ledger, VOICE)) == (policy, policy)


@pytest.mark.parametrize("base", SeatPolicy)
@pytest.mark.parametrize("voice", SeatPolicy)
def test_auto_add_is_on_exactly_if_a_type_buys_and_every_policy_is_kept(base: SeatPolicy, voice: SeatPolicy) -> None:
    ledger = with_policies(FULL, base, voice)
    assert ledger.auto_add is (BUY in {base, voice})
    assert (policy_of(ledger, BASE), policy_of(ledger, VOICE)) == (base, voice)


def test_on_makes_both_types_buy() -> None:
    ledger = switched(with_policies(FULL, APPROVE, ASK), enabled=True)
    assert (ledger.auto_add, ledger.policies) == (True, Policies())


def test_off_makes_no_type_buy_and_a_type_that_approves_each_goes_on_to() -> None:
    assert switched(with_policies(FULL, APPROVE, BUY), enabled=False) == replace(FULL, policies=Policies(base=APPROVE))
    assert switched(with_policies(FULL, ASK, BUY), enabled=False) == FULL


def test_under_approve_each_a_first_login_waits_for_an_admin_also_when_a_seat_is_free() -> None:
    ledger = with_policies(ROOM, APPROVE, ASK)
    assert first_login(ledger, BASE) == Block(BlockedReason.AWAITING_APPROVAL)
    assert isinstance(first_login(ledger, VOICE), Admit)
    assert first_login(with_policies(FULL, APPROVE, ASK), VOICE) == Block(BlockedReason.NO_SEAT_AVAILABLE)


def test_an_invitation_is_an_approval() -> None:
    assert isinstance(accept_invite(with_policies(ROOM, APPROVE, APPROVE), BASE), Admit)


def test_only_the_type_that_buys_waits_and_is_bought_for() -> None:
    ledger = with_policies(FULL, ASK, BUY)
    assert first_login(ledger, BASE) == Block(BlockedReason.NO_SEAT_AVAILABLE)
    assert first_login(ledger, VOICE) == Wait()
    for position, seat_type in enumerate((BASE, VOICE), start=1):
        ledger = join(ledger, replace(waiter(position, seat_type), since=None))
    bought = next_purchase(ledger, NOW, UUID(int=9))
    assert isinstance(bought, Buy)
    assert bought.purchase.after == Quantities(2, 3)
    assert next_purchase(with_policies(ledger, APPROVE, ASK), NOW, UUID(int=9)) == Rest()


def test_whoever_stands_in_line_when_a_policy_is_set_ends_by_it_unless_a_purchase_is_under_way_for_them() -> None:
    line = [waiter(1, BASE), waiter(2, VOICE), waiter(3, BASE), waiter(4, VOICE)]
    ledger = with_policies(FULL, BUY, BUY)
    for someone in line:
        ledger = join(ledger, someone)
    ledger = replace(ledger, purchase=Purchase(UUID(int=9), FULL.purchased, Quantities(3, 2), last=1))
    moved = move(with_policies(ledger, APPROVE, ASK), line)
    assert (moved.left, moved.denied) == ((line[0],), tuple(line[1:]))
    assert moved.reasons == {BASE: BlockedReason.AWAITING_APPROVAL, VOICE: BlockedReason.NO_SEAT_AVAILABLE}
    assert moved.ledger.waiting == Quantities(1, 0)
    bought_for = move(with_policies(ledger, APPROVE, BUY), line)
    assert bought_for.left == (line[0], line[1], line[3])


def test_whoever_stands_in_line_still_takes_a_free_seat() -> None:
    line = [waiter(1, BASE)]
    assert move(with_policies(join(ROOM, line[0]), APPROVE, APPROVE), line).admitted == (line[0],)


def test_a_good_card_lets_only_those_wait_again_whose_type_buys() -> None:
    paused = replace(with_policies(FULL, APPROVE, BUY), paused=RejectionCode.PAYMENT_DECLINED)
    unpaid = Unpaid((waiter(0, BASE), waiter(0, VOICE)), rest=Quantities(5, 7))
    outcome = card_fixed(paused, unpaid, UUID(int=7), NOW)
    assert isinstance(outcome, Resumed)
    assert [it.seat_type for it in outcome.joined] == [VOICE]
    assert (outcome.rest, outcome.types, outcome.ledger.waiting) == (7, (VOICE,), Quantities(0, 8))


def test_a_limit_of_a_type_that_does_not_buy_is_not_told() -> None:
    ledger = limited(replace(FULL, purchased=Quantities(1, 1)), Limit(seats=2), Limit(seats=2))
    full = replace(ledger, purchased=Quantities(2, 2))
    _, news = with_notices(with_policies(full, APPROVE, BUY))
    assert [notice.seat_type for notice in news] == [VOICE]
