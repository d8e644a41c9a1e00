"""The live preview in words, as a person holds the help page beside it."""

from dataclasses import replace

import pytest

from contracts.vocabulary import BillingCycle, Quantities, SeatType
from services.gateway.texts.preview import Preview, Price, change, delta, sentence

MIXED = Preview(
    before=Quantities(2, 1),
    after=Quantities(1, 3),
    cycle_before=BillingCycle.MONTHLY,
    cycle=BillingCycle.MONTHLY,
    total_before=11997,
    total=18997,
    due_now=7000,
    credit=0,
    from_balance=0,
    prices=(Price(SeatType.BASE, 3100, 2, 2999), Price(SeatType.VOICE, 5299, 10, 4999)),
)
PLAIN = replace(MIXED, prices=())
REMOVED = replace(PLAIN, after=Quantities(1, 1), total=9099, due_now=0, credit=2898)


def test_the_help_pages_example_reads_as_the_help_page_shows_it() -> None:
    assert change(PLAIN) == "+2 Voice seats, -1 Base seat"
    assert delta(PLAIN) == 7000
    assert sentence(PLAIN) == (
        "Change: +2 Voice seats, -1 Base seat. New plan total: $189.97/mo (+$70.00/mo)."
        " Stripe will bill the prorated difference for the rest of this cycle."
    )


def test_a_removal_is_credited_and_the_next_invoice_uses_it() -> None:
    assert sentence(REMOVED) == (
        "Change: -1 Base seat. New plan total: $90.99/mo (-$28.98/mo)."
        " Stripe will credit the prorated difference for the rest of this cycle to your account;"
        " your next invoice uses it."
    )


def test_a_change_that_costs_nothing_today_says_so() -> None:
    nothing = replace(PLAIN, total=11997, due_now=0)
    assert sentence(nothing) == (
        "Change: +2 Voice seats, -1 Base seat. New plan total: $119.97/mo (unchanged)."
        " Nothing is billed or credited today."
    )


@pytest.mark.parametrize(
    ("total", "a_month"),
    [(120000, "which is $100.00 a month"), (120006, "which is about $100.01 a month"), (120005, "about $100.00 a")],
)
def test_a_years_price_says_what_that_is_a_month(total: int, a_month: str) -> None:
    annual = replace(PLAIN, cycle_before=BillingCycle.ANNUAL, cycle=BillingCycle.ANNUAL, total=total)
    assert a_month in sentence(annual)
    assert "/yr (+$" in sentence(annual)


def test_a_removal_that_saves_money_does_not_mention_the_volume_price_that_it_loses() -> None:
    assert sentence(MIXED) == sentence(PLAIN)


def test_a_removal_that_costs_money_says_so() -> None:
    ten_to_nine = replace(
        MIXED,
        before=Quantities(2, 10),
        after=Quantities(2, 9),
        prices=(Price(SeatType.BASE, 2999, 10, 2899), Price(SeatType.VOICE, 5299, 10, 4599)),
    )
    assert (
        "Below 10 Voice seats each one costs $52.99/mo instead of $45.99/mo, so having fewer costs more."
        in sentence(ten_to_nine)
    )


@pytest.mark.parametrize(
    "price",
    [
        Price(SeatType.BASE, 2899, None, None),
        Price(SeatType.BASE, 2999, 10, None),
        Price(SeatType.BASE, 2999, 10, 2899),
        Price(SeatType.VOICE, 5999, 3, 5299),
    ],
    ids=["the last tier", "an unknown price", "still below", "grown into it"],
)
def test_a_volume_price_is_lost_only_below_its_boundary(price: Price) -> None:
    assert "instead of" not in sentence(replace(MIXED, after=Quantities(1, 2), prices=(price,)))


def test_the_sentence_names_what_the_balance_pays_or_owes() -> None:
    assert sentence(replace(PLAIN, due_now=2000, from_balance=5000)).endswith("Your balance pays $50.00 of it.")
    assert sentence(replace(PLAIN, due_now=7500, from_balance=-500)).endswith(
        "The card also pays $5.00 that your account owes."
    )


def test_an_amount_too_small_for_the_card_goes_to_the_balance() -> None:
    assert sentence(replace(PLAIN, due_now=0, from_balance=49)).endswith(
        "$0.49 is too little for the card: it goes to your balance."
    )
    assert sentence(replace(PLAIN, due_now=0, from_balance=50)).endswith("Your balance pays $0.50 of it.")


def test_the_sentence_names_lines_from_earlier_that_come_along() -> None:
    assert "That includes $31.20 for seats added earlier that had no invoice yet." in sentence(
        replace(PLAIN, pending=3120)
    )
    assert "That includes a credit of $4.00 from earlier." in sentence(replace(PLAIN, pending=-400))


TO_ANNUAL = replace(
    PLAIN,
    after=PLAIN.before,
    cycle=BillingCycle.ANNUAL,
    total=129566,
    due_now=125000,
    may_differ=12,
    prices=(),
    saves_tenth=True,
)
TO_MONTHLY = replace(
    TO_ANNUAL,
    cycle_before=BillingCycle.ANNUAL,
    cycle=BillingCycle.MONTHLY,
    total_before=129566,
    total=11997,
    due_now=0,
    credit=90000,
)


def test_a_switch_to_annual_says_what_is_billed_today_and_what_is_gained() -> None:
    assert change(TO_ANNUAL) == "monthly to annual billing"
    assert delta(TO_ANNUAL) == 129566 - 12 * 11997
    assert sentence(TO_ANNUAL) == (
        "Change: monthly to annual billing. New plan total: $1,295.66/yr (-$143.98/yr), which is about $107.97 a month."
        " Each seat costs 10% less. Stripe will bill the annual amount today, less your unused monthly time."
        " It may differ by up to $0.12: Stripe counts to the second of the switch."
    )


def test_a_switch_between_prices_that_are_not_ten_percent_apart_promises_no_ten_percent() -> None:
    assert "10%" not in sentence(replace(TO_ANNUAL, saves_tenth=False))
    assert "10%" not in sentence(replace(TO_MONTHLY, saves_tenth=False))
    assert " a month. Stripe will bill the annual amount" in sentence(replace(TO_ANNUAL, saves_tenth=False))


def test_a_switch_to_monthly_says_what_is_credited_and_what_is_lost() -> None:
    assert change(TO_MONTHLY) == "annual to monthly billing"
    assert delta(TO_MONTHLY) == 11997 - 10797
    assert sentence(TO_MONTHLY) == (
        "Change: annual to monthly billing. New plan total: $119.97/mo (+$12.00/mo). The 10% off each seat ends."
        " Stripe will credit your unused annual time, less the first month, to your account; later invoices use it."
        " It may differ by up to $0.12: Stripe counts to the second of the switch."
    )


def test_a_switch_to_monthly_at_the_end_of_a_year_is_billed() -> None:
    assert "Stripe will bill the first month today, less your unused annual time." in sentence(
        replace(TO_MONTHLY, due_now=5000, credit=0)
    )


def test_a_cent_counts() -> None:
    assert "(+$0.01/mo)" in sentence(replace(PLAIN, total=PLAIN.total_before + 1))
    assert "Stripe will bill the prorated difference" in sentence(replace(PLAIN, due_now=1))
    assert "That includes $0.01 for seats added earlier" in sentence(replace(PLAIN, pending=1))
    assert "Your balance pays $0.01 of it." in sentence(replace(PLAIN, from_balance=1))
    assert "$0.01 is too little for the card" in sentence(replace(PLAIN, due_now=0, from_balance=1))


@pytest.mark.parametrize(("due_now", "credit", "billed"), [(0, 0, True), (0, 1, False), (1, 0, True)])
def test_a_switch_that_costs_nothing_bills_nothing(due_now: int, credit: int, *, billed: bool) -> None:
    switch = replace(PLAIN, cycle=BillingCycle.ANNUAL, due_now=due_now, credit=credit)
    assert ("will bill the annual amount today" in sentence(switch)) is billed


def fewer_voice(before: int, after: int, price: Price) -> str:
    return sentence(replace(PLAIN, before=Quantities(1, before), after=Quantities(1, after), prices=(price,)))


def test_fewer_seats_that_cost_as_much_cost_no_more() -> None:
    assert "Below" not in fewer_voice(4, 3, Price(SeatType.VOICE, 400, 4, 300))
    assert "Below 4 Voice seats" in fewer_voice(4, 3, Price(SeatType.VOICE, 401, 4, 300))
    assert "Below" not in fewer_voice(3, 2, Price(SeatType.VOICE, 900, 4, 300)), "it was below already"


def test_only_the_types_own_count_before_the_change_matters() -> None:
    fewer = replace(PLAIN, before=Quantities(4, 1), after=Quantities(3, 1))
    assert "Below 4 Base seats" in sentence(replace(fewer, prices=(Price(SeatType.BASE, 401, 4, 300),)))


@pytest.mark.parametrize("price", [Price(SeatType.VOICE, 900, None, 300), Price(SeatType.VOICE, 900, 4, None)])
def test_without_a_next_tier_no_volume_price_is_lost(price: Price) -> None:
    assert "Below" not in fewer_voice(4, 3, price)
