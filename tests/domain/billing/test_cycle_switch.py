"""An undone switch goes back to the prices before it, and the time that was paid before it goes on to its end."""

from datetime import UTC, datetime, timedelta

from contracts.vocabulary import OPERATOR, BillingCycle, Quantities, SeatType
from services.billing.domain.cycle_switch import SOONEST, bills_again_at, cycle_switch_of
from services.billing.domain.quote import Terms
from services.billing.domain.quote_basis import QuoteBasis, QuoteBasisItem

END = datetime(2026, 4, 1, tzinfo=UTC)
SECOND = int(END.timestamp())
BASIS = QuoteBasis(
    items=(QuoteBasisItem("si_base", "p_month", 2, 1, SECOND), QuoteBasisItem("si_other", "p", 1, 1, SECOND + 5)),
    balance=0,
    pending=(),
)
TERMS = Terms(
    after=Quantities(2, 0),
    cycle_before=BillingCycle.MONTHLY,
    cycle=BillingCycle.ANNUAL,
    total_before=5998,
    total=64778,
    invoice_total=60000,
    basis=BASIS,
    proration_date=None,
    prices={SeatType.BASE: "p_year"},
)


def test_a_switch_keeps_what_it_moves_back_to() -> None:
    switch = cycle_switch_of(TERMS, {SeatType.BASE: "si_base", SeatType.VOICE: "si_added"}, OPERATOR)
    assert (switch.prices_before, switch.prices) == ({SeatType.BASE: "p_month"}, {SeatType.BASE: "p_year"})
    assert (switch.cycle_before, switch.total_before, switch.paid_until) == (BillingCycle.MONTHLY, 5998, END)


def test_the_paid_time_goes_on_and_a_period_that_has_ended_is_followed_at_once() -> None:
    switch = cycle_switch_of(TERMS, {SeatType.BASE: "si_base"}, OPERATOR)
    assert bills_again_at(switch, END - timedelta(days=3)) == END
    assert bills_again_at(switch, END + timedelta(days=3)) == END + timedelta(days=3) + SOONEST
