"""While the agency owes an invoice, no seat is bought, added or taken away, and nobody is suspended."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from contracts.payment_vocabulary import Debt
from contracts.vocabulary import ANYONE, BlockedReason, Quantities, RejectionCode, SeatType, StripeFault
from services.seats.domain.auto_add import why_not_wait
from services.seats.domain.capacity import capacity_of
from services.seats.domain.card_fixed import NotPaused, Resumed, Unpaid, card_fixed
from services.seats.domain.first_login import Admit, Block, first_login
from services.seats.domain.ledger import Account, Ledger
from services.seats.domain.line import Waiter
from services.seats.domain.past_due import OwesNothing, debt_changed, nothing_owed

AGENCY = Ledger(account=Account.OPEN, purchased=Quantities(2, 3), active=Quantities(2, 2), auto_add=True)
DEBT = Debt(2, 12297, "usd", "expired_card")
OWING = replace(AGENCY, owed=DEBT)
DECLINED = replace(AGENCY, paused=RejectionCode.PAYMENT_DECLINED, decline_code="insufficient_funds")
REFUSED = replace(AGENCY, paused=RejectionCode.BILLING_UNAVAILABLE, fault=StripeFault.TAX_LOCATION)
COMMAND = UUID(int=7)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NIA = Waiter(0, UUID(int=1), SeatType.BASE, UUID(int=0), ANYONE)


def test_an_unpaid_invoice_suspends_nobody_and_is_kept_beside_a_declined_purchase() -> None:
    assert debt_changed(AGENCY, DEBT) == OWING
    assert debt_changed(DECLINED, DEBT) == replace(DECLINED, owed=DEBT)


def test_an_agency_without_an_account_owes_nothing() -> None:
    refused = replace(AGENCY, account=Account.REJECTED)
    assert debt_changed(refused, DEBT) == refused
    assert nothing_owed(refused, Unpaid(), COMMAND, NOW, retried=True) == OwesNothing(refused)


def test_a_first_login_that_needs_a_purchase_is_blocked_and_one_that_finds_a_free_seat_is_active() -> None:
    assert first_login(OWING, SeatType.BASE) == Block(BlockedReason.PAST_DUE)
    assert isinstance(first_login(OWING, SeatType.VOICE), Admit)


def test_with_auto_add_off_the_reason_is_that_no_seat_is_free() -> None:
    assert why_not_wait(replace(OWING, auto_add=False), SeatType.BASE) is BlockedReason.NO_SEAT_AVAILABLE


def test_what_is_owed_comes_before_a_declined_purchase_and_hides_it_not() -> None:
    both = capacity_of(replace(DECLINED, owed=DEBT))
    assert (both.paused, both.declined) == (RejectionCode.PAST_DUE, RejectionCode.PAYMENT_DECLINED)
    assert (both.owed, both.decline_code) == (DEBT, "insufficient_funds")
    assert capacity_of(DECLINED).paused is RejectionCode.PAYMENT_DECLINED


def test_a_new_card_ends_nothing_while_an_invoice_is_owed() -> None:
    assert card_fixed(replace(DECLINED, owed=DEBT), Unpaid([NIA]), COMMAND, NOW) == NotPaused()


def test_once_nothing_is_owed_the_pause_is_over_and_those_blocked_for_payment_wait_again() -> None:
    for ledger in (OWING, replace(DECLINED, owed=DEBT)):
        outcome = nothing_owed(ledger, Unpaid([NIA]), COMMAND, NOW, retried=False)
        assert isinstance(outcome, Resumed)
        assert (outcome.ledger.owed, outcome.ledger.paused, outcome.ledger.decline_code) == (None, None, None)
        assert [waiter.member_id for waiter in outcome.joined] == [NIA.member_id]


def test_a_payment_ends_no_pause_because_stripe_accepts_no_change_but_an_admins_retry_does() -> None:
    owing = replace(REFUSED, owed=DEBT)
    assert nothing_owed(owing, Unpaid([NIA]), COMMAND, NOW, retried=False) == OwesNothing(REFUSED)
    assert isinstance(nothing_owed(owing, Unpaid([NIA]), COMMAND, NOW, retried=True), Resumed)


def test_an_agency_that_owed_nothing_and_was_not_paused_is_as_before() -> None:
    assert nothing_owed(AGENCY, Unpaid([NIA]), COMMAND, NOW, retried=True) == OwesNothing(AGENCY)
