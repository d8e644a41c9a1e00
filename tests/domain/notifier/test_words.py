import pytest

from contracts.vocabulary import BillingCycle, BlockedReason, Quantities, SeatType
from services.notifier.domain.money_words import dollars, per_cycle
from services.notifier.domain.plain_blocked_reason import plain_blocked_reason, the_card_is_the_way_out
from services.notifier.domain.plain_decline_reason import NO_REASON, plain_decline_reason
from services.notifier.domain.seat_words import counted, seats_added, seats_counted, seats_now


@pytest.mark.parametrize(
    ("cents", "words"),
    [
        (0, "$0.00"),
        (7, "$0.07"),
        (3120, "$31.20"),
        (123456, "$1,234.56"),
        (100000000, "$1,000,000.00"),
        (-2501, "-$25.01"),
        (-9, "-$0.09"),
    ],
)
def test_an_amount_is_exact_to_the_cent(cents: int, words: str) -> None:
    assert dollars(cents) == words


def test_a_plan_costs_so_much_a_month_or_a_year() -> None:
    assert per_cycle(18997, BillingCycle.MONTHLY) == "$189.97/mo"
    assert per_cycle(205167, BillingCycle.ANNUAL) == "$2,051.67/yr"


def test_one_is_counted_without_an_s() -> None:
    assert [counted(n, "seat") for n in (0, 1, 2, 1000)] == ["0 seats", "1 seat", "2 seats", "1,000 seats"]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (Quantities(1, 1), Quantities(1, 2), "1 Voice seat"),
        (Quantities(1, 1), Quantities(3, 1), "2 Base seats"),
        (Quantities(1, 1), Quantities(2, 4), "1 Base seat and 3 Voice seats"),
    ],
)
def test_what_a_purchase_added_is_said_by_seat_type(before: Quantities, after: Quantities, words: str) -> None:
    assert seats_added(before, after) == words


def test_the_seats_there_are_now_name_both_types() -> None:
    assert seats_now(Quantities(5, 1200)) == "5 Base and 1,200 Voice"


@pytest.mark.parametrize("code", ["lost_card", "stolen_card", "fraudulent", "pickup_card", "new_in_2031", None])
def test_a_decline_that_stripe_asks_to_keep_quiet_about_reads_like_one_without_a_reason(code: str | None) -> None:
    assert plain_decline_reason(code) == NO_REASON


def test_a_decline_is_explained_in_plain_words() -> None:
    assert plain_decline_reason("insufficient_funds") == "There is not enough money or credit left on the card."
    assert plain_decline_reason("expired_card") == "The card has expired."


def test_every_reason_to_be_blocked_is_said_in_words_an_admin_can_act_on() -> None:
    assert {reason: plain_blocked_reason(reason, SeatType.VOICE) for reason in BlockedReason} == {
        BlockedReason.NO_SEAT_AVAILABLE: "no free Voice seat",
        BlockedReason.PAYMENT_DECLINED: "Auto-Add is paused: the card was declined",
        BlockedReason.PAST_DUE: "Auto-Add is paused: an invoice is unpaid",
        BlockedReason.SEATS_REDUCED_ELSEWHERE: "Voice seats were lowered at Stripe, below those in use",
    }


def test_fixing_the_card_is_the_way_out_only_when_it_helps_them_all() -> None:
    card = [BlockedReason.PAYMENT_DECLINED, BlockedReason.PAST_DUE]
    assert the_card_is_the_way_out(card)
    assert not the_card_is_the_way_out([*card, BlockedReason.NO_SEAT_AVAILABLE])


def test_seats_are_counted_by_type_and_none_are_seats() -> None:
    assert seats_counted(Quantities(1, 0)) == "1 Base seat"
    assert seats_counted(Quantities(2, 1)) == "2 Base seats and 1 Voice seat"
    assert seats_counted(Quantities()) == "seats"
