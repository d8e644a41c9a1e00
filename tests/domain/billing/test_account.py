"""Billing's state of an agency."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from contracts.payment_vocabulary import PaymentState
from contracts.vocabulary import BillingCycle, Quantities, SeatType
from services.billing.domain.account import Account, Agency
from services.billing.domain.plan import Plan
from services.billing.domain.plan_total import Tier
from services.billing.domain.quote import Quote
from services.billing.domain.snapshots import StripeItemSnapshot, StripeSubscriptionSnapshot


def test_an_agencys_currency_is_that_of_its_plan() -> None:
    agency = Agency(UUID(int=1))
    assert agency.currency == "usd", "the catalogue's default, before anything is sold"
    plan = Plan(BillingCycle.MONTHLY, 3000, AT, PaymentState.OK, 0, 0, (), 1, None, currency="eur")
    agency.keep_account(Account("cus_1", "sub_1", Quantities(1, 0), BillingCycle.MONTHLY, 3000, plan=plan))
    assert agency.currency == "eur"


def test_a_signed_baa_is_kept_and_written() -> None:
    agency = Agency(UUID(int=1))
    assert (agency.baa_signed, agency.baa_changed) == (False, False)
    agency.keep_baa(signed=True)
    assert (agency.baa_signed, agency.baa_changed) == (True, True)
    agency.keep_baa(signed=False)
    assert (agency.baa_signed, agency.baa_changed) == (False, True)


AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SEEN = StripeSubscriptionSnapshot(
    "sub_2",
    "active",
    BillingCycle.ANNUAL,
    {SeatType.BASE: StripeItemSnapshot("si_1", 2, (Tier(None, Decimal(3100)),))},
    None,
    None,
)


def test_an_account_takes_the_values_of_the_snapshot() -> None:
    known = Account("cus_1", "sub_1", Quantities(1, 0), BillingCycle.MONTHLY, 3100)
    held = known.holding(Quantities(3, 0), SEEN)
    assert held == Account("cus_1", "sub_2", Quantities(3, 0), BillingCycle.ANNUAL, 9300, {SeatType.BASE: "si_1"})
    agency = Agency(UUID(int=1))
    agency.keep_account(held)
    assert (agency.account, agency.account_changed) == (held, True)


def test_a_quote_is_kept_until_it_is_dropped_once_or_twice() -> None:
    agency, quote = Agency(UUID(int=1)), Quote(UUID(int=2), UUID(int=1), "session", AT)
    agency.keep_quote(quote)
    assert (agency.quotes, agency.quotes_changed) == ({quote.id: quote}, {quote.id})
    agency.drop_quote(quote.id)
    agency.drop_quote(quote.id)
    assert (agency.quotes, agency.quotes_changed, agency.quotes_dropped) == ({}, set(), {quote.id})


def test_an_account_keeps_the_prices_that_a_change_does_not_name() -> None:
    known = Account("cus_1", "sub_1", Quantities(1, 0), BillingCycle.MONTHLY, 3100)
    base = known.paying({SeatType.BASE: "price_1"})
    assert base.prices == {SeatType.BASE: "price_1"}
    assert base.paying({SeatType.VOICE: "price_2"}).prices == {SeatType.BASE: "price_1", SeatType.VOICE: "price_2"}
    assert base.paying({SeatType.BASE: "price_3"}).prices == {SeatType.BASE: "price_3"}
