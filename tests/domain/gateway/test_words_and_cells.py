"""Amounts, seats and cells as people read them, and the history of an agency's seats by day."""

from datetime import date

import pytest

from contracts.amounts import decimal, money, money_per_cycle
from contracts.vocabulary import BillingCycle, Quantities
from contracts.wording import both_types, counted, seat_change
from services.gateway.domain.csv_cells import safe_cell
from services.gateway.domain.seat_history import Change, Day, seat_history
from services.gateway.texts.seats import seats_counted


@pytest.mark.parametrize(
    ("cents", "words", "number"),
    [
        (0, "$0.00", "0.00"),
        (5, "$0.05", "0.05"),
        (18_997, "$189.97", "189.97"),
        (123_456_789, "$1,234,567.89", "1234567.89"),
        (-3_120, "-$31.20", "-31.20"),
    ],
)
def test_an_amount_is_exact_to_the_cent(cents: int, words: str, number: str) -> None:
    assert (money(cents, "usd"), decimal(cents, "usd")) == (words, number)


def test_a_price_names_its_cycle() -> None:
    assert money_per_cycle(18_997, BillingCycle.MONTHLY, "usd") == "$189.97/mo"
    assert money_per_cycle(205_164, BillingCycle.ANNUAL, "usd") == "$2,051.64/yr"


def test_a_change_of_seats_reads_as_the_help_page_shows_it() -> None:
    assert seat_change(Quantities(2, 1), Quantities(1, 3)) == "+2 Voice seats, -1 Base seat"
    assert seat_change(Quantities(2, 3), Quantities(3, 2)) == "+1 Base seat, -1 Voice seat"
    assert seat_change(Quantities(1, 1), Quantities(3, 1)) == "+2 Base seats"
    assert seat_change(Quantities(1, 1), Quantities(1, 1)) == ""


def test_seats_are_counted_in_words() -> None:
    assert counted(1000, "seat") == "1,000 seats"
    assert seats_counted(Quantities(1, 2)) == "1 Base seat and 2 Voice seats"
    assert seats_counted(Quantities(0, 1)) == "1 Voice seat"
    assert seats_counted(Quantities()) == "no seat"
    assert both_types(Quantities(0, 1)) == "0 Base and 1 Voice"


@pytest.mark.parametrize(
    "text", ["=1+1", "+CMD", "-2+3", "@SUM(A1)", " =1", "\t=1", "\r\n@x", "=HYPERLINK(...)", "-", "+1 Voice seat"]
)
def test_a_cell_that_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "31.20", "-31.20", "+5", "0", "nora@lakeside.example", "2026-11-02T09:30:00Z"])
def test_numbers_and_plain_text_stay_as_they_are(text: str) -> None:
    assert safe_cell(text) == text


def november(day: int) -> date:
    return date(2026, 11, day)


CHANGES = (
    Change(november(2), Quantities(2, 1), Quantities(1, 0)),
    Change(november(4), None, Quantities(1, 1)),
    Change(november(5), Quantities(2, 2), Quantities(-1, 0)),
)
HISTORY = (
    Day(november(2), Quantities(2, 1), Quantities(1, 0)),
    Day(november(3), Quantities(2, 1), Quantities(1, 0)),
    Day(november(4), Quantities(2, 1), Quantities(2, 1)),
    Day(november(5), Quantities(2, 2), Quantities(1, 1)),
    Day(november(6), Quantities(2, 2), Quantities(1, 1)),
)


def test_a_day_without_a_change_has_the_counts_of_the_day_before() -> None:
    assert seat_history(CHANGES, november(2), november(6)) == HISTORY


def test_a_window_begins_with_what_was_before_it() -> None:
    assert seat_history(CHANGES, november(3), november(5)) == HISTORY[1:4]
    assert seat_history(CHANGES, november(8), november(8)) == (Day(november(8), Quantities(2, 2), Quantities(1, 1)),)


def test_one_change_has_a_history_too() -> None:
    bought = Change(november(3), Quantities(2, 1), Quantities(1, 0))
    days = seat_history([bought], november(2), november(4))
    assert days == tuple(Day(november(day), Quantities(2, 1), Quantities(1, 0)) for day in (3, 4))


def test_days_before_the_agency_had_seats_are_left_out() -> None:
    assert seat_history(CHANGES, date(2026, 10, 20), november(3)) == HISTORY[:2]
    assert seat_history((), november(1), november(3)) == ()
    assert seat_history((Change(november(1), None, Quantities()), *CHANGES), november(1), november(2)) == HISTORY[:1]
