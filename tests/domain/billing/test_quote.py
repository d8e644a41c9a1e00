"""A quote is the price of one change, good for ten minutes; executed later, or for another change, it is refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contracts.vocabulary import BillingCycle, Quantities, RejectionCode
from services.billing.domain.account import Agency
from services.billing.domain.quote import LIVES, Quote, Terms, differs, executable, superseded
from services.billing.domain.quote_basis import QuoteBasis
from services.billing.domain.snapshots import StripeInvoiceSnapshot

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
AGENCY = UUID("01990000-0000-7000-8000-00000000a001")
AFTER = Quantities(1, 3)
TERMS = Terms(
    after=AFTER,
    cycle_before=BillingCycle.MONTHLY,
    cycle=BillingCycle.MONTHLY,
    total_before=11997,
    total=18997,
    invoice_total=7000,
    basis=QuoteBasis((), 0, ()),
    proration_date=1_798_761_600,
)
SWITCH = replace(TERMS, after=Quantities(2, 1), cycle=BillingCycle.ANNUAL)


def asked(number: int, session: str = "s", *, is_started: bool = False) -> Quote:
    quote_id = UUID(int=number)
    return Quote(quote_id, AGENCY, session, NOW, is_started=is_started)


def answered(terms: Terms = TERMS) -> Quote:
    return asked(1).answered(terms, NOW + LIVES)


def test_a_newer_quote_supersedes_those_of_its_session_that_have_not_been_started() -> None:
    waiting, started, other = asked(1), asked(2, is_started=True), asked(3, "other")
    assert superseded([waiting, started, other, answered()], "s") == (waiting,)


def test_a_quote_is_executed_at_its_terms_within_ten_minutes() -> None:
    assert executable(answered(), AFTER, None, NOW + timedelta(minutes=9, seconds=59)) == TERMS


def test_a_switch_is_executed_at_the_terms_of_a_quote_of_that_cycle() -> None:
    assert executable(answered(SWITCH), None, BillingCycle.ANNUAL, NOW) == SWITCH


def test_after_ten_minutes_a_quote_has_expired() -> None:
    assert executable(answered(), AFTER, None, NOW + timedelta(minutes=10)) is RejectionCode.QUOTE_EXPIRED


@pytest.mark.parametrize("quote", [None, asked(1)], ids=["unknown", "not answered"])
def test_a_quote_that_never_was_has_expired(quote: Quote | None) -> None:
    assert executable(quote, AFTER, None, NOW) is RejectionCode.QUOTE_EXPIRED


@pytest.mark.parametrize(
    ("terms", "after", "cycle"),
    [
        (TERMS, Quantities(1, 4), None),
        (TERMS, None, BillingCycle.ANNUAL),
        (TERMS, None, BillingCycle.MONTHLY),
        (SWITCH, SWITCH.after, None),
        (SWITCH, None, BillingCycle.MONTHLY),
    ],
)
def test_a_quote_for_another_change_is_no_price_for_this_one(
    terms: Terms, after: Quantities | None, cycle: BillingCycle | None
) -> None:
    assert executable(answered(terms), after, cycle, NOW) is RejectionCode.QUOTE_STALE


def test_an_agency_keeps_a_quote_until_it_is_of_no_use_any_more() -> None:
    agency = Agency(AGENCY)
    agency.keep_quote(answered())
    assert agency.quotes_changed == {answered().id}
    agency.drop_quote(answered().id)
    assert (agency.quotes, agency.quotes_changed, agency.quotes_dropped) == ({}, set(), {answered().id})


@pytest.mark.parametrize(("total", "is_another"), [(7000, False), (7001, True), (6999, True), (None, True)], ids=str)
def test_a_charge_is_held_to_the_cent_that_was_promised(total: int | None, *, is_another: bool) -> None:
    invoice = StripeInvoiceSnapshot("in_1", None, total, 0, None, None, None) if total is not None else None
    assert differs(TERMS, invoice) is is_another


def test_a_switch_may_come_out_so_many_cents_away_as_was_said() -> None:
    switch = replace(SWITCH, may_differ=4)
    assert not differs(switch, StripeInvoiceSnapshot("in_1", None, 6996, 0, None, None, None))
    assert differs(switch, StripeInvoiceSnapshot("in_1", None, 6995, 0, None, None, None))


@pytest.mark.parametrize("quote", [replace(answered(), terms=None), replace(answered(), expires_at=None)])
def test_a_quote_that_is_half_answered_is_none(quote: Quote) -> None:
    assert executable(quote, AFTER, None, NOW) is RejectionCode.QUOTE_EXPIRED


def test_a_change_without_an_invoice_came_out_at_nothing() -> None:
    assert not differs(replace(TERMS, invoice_total=0), None)
    assert differs(replace(TERMS, invoice_total=1), None)
