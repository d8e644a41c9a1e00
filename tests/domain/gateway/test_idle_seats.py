"""The rule of idle seats: whose holders were not seen for so many days, and what they cost a month."""

from datetime import timedelta

from contracts.vocabulary import BillingCycle, Quantities, SeatType
from services.gateway.domain.idle_seats import IdleDays, IdleSeats, idle_seats, idle_since
from services.gateway.texts import idle as texts
from tests.support.clock import START

PRICES = {SeatType.BASE: 3999, SeatType.VOICE: 4999}


def test_a_holder_who_was_last_seen_before_then_holds_an_idle_seat() -> None:
    assert tuple(IdleDays) == (30, 60, 90)
    assert idle_since(30, START) == START - timedelta(days=30)


def test_idle_seats_cost_the_price_of_a_monthly_cycle() -> None:
    found = idle_seats(30, Quantities(2, 1), PRICES, BillingCycle.MONTHLY)
    assert (found.total, found.monthly) == (3, 2 * 3999 + 4999)
    assert texts.summary(found, "usd") == (
        "3 people have not been seen for 30 days. Their seats, 2 Base and 1 Voice, cost $129.97/mo."
    )


def test_idle_seats_of_a_year_cost_a_twelfth_rounded_to_the_cent() -> None:
    assert idle_seats(60, Quantities(1, 0), {SeatType.BASE: 43190}, BillingCycle.ANNUAL).monthly == 3599
    assert idle_seats(60, Quantities(1, 0), {SeatType.BASE: 43194}, BillingCycle.ANNUAL).monthly == 3600


def test_the_cost_is_unknown_while_the_price_of_an_idle_type_is() -> None:
    assert idle_seats(90, Quantities(1, 0), {SeatType.VOICE: 1}, BillingCycle.MONTHLY).monthly is None
    assert idle_seats(90, Quantities(0, 2), {SeatType.VOICE: 1}, BillingCycle.MONTHLY).monthly == 2
    unknown = IdleSeats(90, Quantities(1, 0), None)
    assert texts.ahead(unknown, "usd") == "1 seat not used for 90 days, for what Stripe has not said yet."


def test_the_sentence_names_one_person() -> None:
    one = idle_seats(30, Quantities(0, 1), PRICES, BillingCycle.MONTHLY)
    assert texts.summary(one, "usd").startswith("1 person has not been seen for 30 days.")
    assert texts.ahead(one, "usd") == "1 seat not used for 30 days, for $49.99/mo."
