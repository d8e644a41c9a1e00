"""Refunds, credit notes and disputes of an invoice's payment are told apart, and each is news once."""

from dataclasses import replace

import pytest

from contracts.payment_vocabulary import DisputeState, InvoiceState, Reversal
from services.billing.domain.invoice_changes import KnownInvoice
from services.billing.domain.reversals import (
    Reversed,
    dispute_state,
    is_about_a_payment,
    reversals,
    with_money_of,
    with_payment,
)

PAID = KnownInvoice("in_1", "R-1", 3100, 3100, InvoiceState.PAID, is_owed=False, created=1)


def test_an_event_is_about_a_payment_that_was_refunded_or_disputed() -> None:
    assert is_about_a_payment("charge.refunded")
    assert is_about_a_payment("charge.dispute.closed")
    assert not is_about_a_payment("charge.succeeded")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("needs_response", DisputeState.OPEN),
        ("under_review", DisputeState.OPEN),
        ("won", DisputeState.WON),
        ("lost", DisputeState.LOST),
        ("warning_needs_response", None),
        ("a status of tomorrow", DisputeState.OPEN),
    ],
)
def test_an_inquiry_takes_nothing_back_and_is_no_dispute(status: str, state: DisputeState | None) -> None:
    assert dispute_state(status) is state


def test_each_refund_and_credit_note_is_news_by_what_it_adds() -> None:
    assert reversals(PAID, replace(PAID, refunded=1000)) == (Reversed(Reversal.REFUND, 1000),)
    assert reversals(replace(PAID, refunded=1000), replace(PAID, refunded=1500, credited=200)) == (
        Reversed(Reversal.CREDIT_NOTE, 200),
        Reversed(Reversal.REFUND, 500),
    )
    assert reversals(None, replace(PAID, refunded=3100)) == (Reversed(Reversal.REFUND, 3100),)
    assert reversals(PAID, PAID) == reversals(None, PAID) == ()


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (DisputeState.OPEN, Reversal.DISPUTE_OPENED),
        (DisputeState.WON, Reversal.DISPUTE_WON),
        (DisputeState.LOST, Reversal.DISPUTE_LOST),
    ],
)
def test_a_dispute_is_news_when_its_state_changes(state: DisputeState, kind: Reversal) -> None:
    disputed = with_payment(PAID, 0, state)
    assert reversals(PAID, disputed, 3100) == reversals(None, disputed, 3100) == (Reversed(kind, 3100),)
    assert reversals(disputed, disputed, 3100) == ()
    assert with_payment(disputed, 0, None) == disputed, "a dispute stays known"


def test_an_invoice_that_differs_only_in_what_went_back_is_otherwise_the_same() -> None:
    assert with_money_of(replace(PAID, credited=5, refunded=7, dispute=DisputeState.OPEN), PAID) == PAID
    assert with_money_of(replace(PAID, state=InvoiceState.VOID), PAID) != PAID


def test_a_dispute_that_is_won_after_it_was_lost_gives_the_money_back() -> None:
    lost, won = replace(PAID, dispute=DisputeState.LOST), replace(PAID, dispute=DisputeState.WON)
    assert reversals(lost, won, 3100) == (Reversed(Reversal.DISPUTE_WON, 3100, regained=True),)
    assert reversals(PAID, won, 3100) == (Reversed(Reversal.DISPUTE_WON, 3100),)
    assert reversals(won, lost, 3100) == (Reversed(Reversal.DISPUTE_LOST, 3100),)


def test_a_lost_dispute_that_is_won_gives_nothing_free_while_another_one_is_lost() -> None:
    lost, won = replace(PAID, dispute=DisputeState.LOST), replace(PAID, dispute=DisputeState.WON)
    other = replace(lost, id="in_2")
    assert reversals(lost, won, 3100, [lost]) == (Reversed(Reversal.DISPUTE_WON, 3100, regained=True),)
    assert reversals(lost, won, 3100, [lost, other]) == (Reversed(Reversal.DISPUTE_WON, 3100),)
