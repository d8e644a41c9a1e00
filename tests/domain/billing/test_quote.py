"""A quote is the price of one change for ten minutes."""

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


def requested(number: int, session: str = "s", *, is_started: bool = False) -> Quote:
    quote_id = UUID(int=number)
    return Quote(quote_id, AGENCY, session, NOW, is_started=is_started)


def answered(terms: Terms = TERMS) -> Quote:
    return requested(1).answered(terms, NOW + LIVES)


def test_a_newer_quote_supersedes_the_quotes_of_its_session_that_have_not_started() -> None:
    waiting, started, other = requested(1), requested(2, is_started=True), requested(3, "other")
    assert superseded([waiting, started, other, answered()], "s") == (waiting,)


def test_a_quote_is_executed_at_its_terms_within_ten_minutes() -> None:
    assert executable(answered(), AFTER, None, NOW + timedelta(minutes=9, seconds=59)) == TERMS


def test_a_switch_is_executed_at_the_terms_of_a_quote_of_that_cycle() -> None:
    assert executable(answered(SWITCH), None, BillingCycle.ANNUAL, NOW) == SWITCH


def test_after_ten_minutes_a_quote_has_expired() -> None:
    assert executable(answered(), AFTER, None, NOW + timedelta(minutes=10)) is RejectionCode.QUOTE_EXPIRED


@pytest.mark.parametrize("quote", [None, requested(1)], ids=["unknown", "not answered"])
def test_an_unknown_quote_has_expired(quote: Quote | None) -> None:
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
def test_a_quote_for_another_change_is_stale(
    terms: Terms, after: Quantities | None, cycle: BillingCycle | None
) -> None:
    assert executable(answered(terms), after, cycle, NOW) is RejectionCode.QUOTE_STALE


def test_an_agency_keeps_a_quote_until_it_drops_it() -> None:
    agency = Agency(AGENCY)
    agency.keep_quote(answered())
    assert agency.quotes_changed == {answered().id}
    agency.drop_quote(answered().id)
    assert (agency.quotes, agency.quotes_changed, agency.quotes_dropped) == ({}, set(), {answered().id})


@pytest.mark.parametrize(("total", "is_another"), [(7000, False), (7001, True), (6999, True), (None, True)], ids=str)
def test_a_charge_that_differs_by_a_cent_differs(total: int | None, *, is_another: bool) -> None:
    invoice = StripeInvoiceSnapshot("in_1", None, total, 0, None, None, None) if total is not None else None
    assert differs(TERMS, invoice) is is_another


def test_a_switch_may_differ_by_the_quoted_cents() -> None:
    switch = replace(SWITCH, may_differ=4)
    assert not differs(switch, StripeInvoiceSnapshot("in_1", None, 6996, 0, None, None, None))
    assert differs(switch, StripeInvoiceSnapshot("in_1", None, 6995, 0, None, None, None))


@pytest.mark.parametrize("quote", [replace(answered(), terms=None), replace(answered(), expires_at=None)])
def test_a_quote_without_terms_or_expiry_has_expired(quote: Quote) -> None:
    assert executable(quote, AFTER, None, NOW) is RejectionCode.QUOTE_EXPIRED


def test_a_change_without_an_invoice_charged_nothing() -> None:
    assert not differs(replace(TERMS, invoice_total=0), None)
    assert differs(replace(TERMS, invoice_total=1), None)
