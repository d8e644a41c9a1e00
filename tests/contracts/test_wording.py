"""Amounts, counts and seats as people read them, in mails and on pages."""

import pytest

from contracts.amounts import money, money_per_cycle
from contracts.payment_vocabulary import Lapse
from contracts.vocabulary import BillingCycle, Quantities, SeatShortage, SeatType, StripeFault
from contracts.wording import (
    both_types,
    counted,
    isolated,
    lapse_reason,
    no_seat,
    not_bought,
    seats_by_type,
    stripe_fault,
)


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
    assert money(cents, "usd") == words


def test_the_price_of_a_plan_names_its_cycle() -> None:
    assert money_per_cycle(18997, BillingCycle.MONTHLY, "usd") == "$189.97/mo"
    assert money_per_cycle(205167, BillingCycle.ANNUAL, "usd") == "$2,051.67/yr"


def test_a_count_of_one_has_no_plural_s() -> None:
    assert [counted(n, "seat") for n in (0, 1, 2, 1000)] == ["0 seats", "1 seat", "2 seats", "1,000 seats"]


def test_seats_by_type_leave_out_a_type_without_seats() -> None:
    assert seats_by_type(Quantities(2, 1)) == "2 Base seats and 1 Voice seat"
    assert seats_by_type(Quantities(0, 1)) == "1 Voice seat"
    assert seats_by_type(Quantities()) == ""


def test_both_types_are_named_whatever_their_count() -> None:
    assert both_types(Quantities(5, 1200)) == "5 Base and 1,200 Voice"
    assert both_types(Quantities(0, 1)) == "0 Base and 1 Voice"


@pytest.mark.parametrize("name", ["דנה כהן", "نور", "Dana דנה", "\u0660\u0664"])
def test_a_name_that_runs_from_right_to_left_is_isolated_from_its_sentence(name: str) -> None:
    assert isolated(name) == f"\u2068{name}\u2069"


@pytest.mark.parametrize("name", ["", "Noor", "Łukasz Żółć", "李小龙", "O\u2019Brien", "- 12 -"])
def test_any_other_name_needs_no_isolates(name: str) -> None:
    assert isolated(name) == name


def test_the_three_states_in_which_no_seat_is_to_be_had_have_words_of_their_own() -> None:
    assert no_seat(SeatShortage.LOWERED, SeatType.VOICE) == "Voice seats were lowered at Stripe, below those in use"
    assert no_seat(SeatShortage.OTHER_TYPE_LOWERED, SeatType.VOICE) == (
        "no Voice seat was free, and Auto-Add buys none while Stripe has fewer Base seats than are in use"
    )
    assert no_seat(SeatShortage.OTHER_TYPE_LOWERED, SeatType.BASE) == (
        "no Base seat was free, and Auto-Add buys none while Stripe has fewer Voice seats than are in use"
    )
    assert no_seat(SeatShortage.NO_SUBSCRIPTION, SeatType.BASE) == "the subscription has ended"


def test_a_purchase_that_stripe_refused_and_one_that_never_ended_have_words_of_their_own() -> None:
    assert not_bought(StripeFault.SCHEDULE) == stripe_fault(StripeFault.SCHEDULE)
    assert not_bought(None) == "Stripe did not complete the purchase within 24 hours"


@pytest.mark.parametrize(
    ("lapse", "words"),
    [
        (Lapse.EXPIRED, "the payment was not confirmed in time"),
        (Lapse.DECLINED, "the bank did not pay its invoice"),
        (Lapse.VOIDED, "its invoice was voided at Stripe"),
        (Lapse.WRITTEN_OFF, "its invoice was written off at Stripe"),
        (Lapse.REPLACED, "another change at Stripe took its place"),
        (Lapse.ENDED, "the subscription has ended"),
        (Lapse.CANCELED, "an admin canceled it"),
        (Lapse.UNANSWERED, "Stripe did not answer for 24 hours"),
    ],
)
def test_each_reason_for_which_a_change_is_undone_has_its_words(lapse: Lapse, words: str) -> None:
    assert lapse_reason(lapse) == words
