"""A lost dispute pauses Auto-Add until an admin tries again."""

from dataclasses import replace

from contracts.vocabulary import BlockedReason, RejectionCode
from services.seats.domain.auto_add import blocked_for
from services.seats.domain.card_fixed import may_end_by_card
from services.seats.domain.ledger import Account, Ledger
from services.seats.domain.payment_disputed import dispute_lost, is_paused_for_dispute

OPEN = Ledger(account=Account.OPEN, auto_add=True)


def test_a_lost_dispute_pauses_auto_add_and_no_card_ends_the_pause() -> None:
    paused = dispute_lost(OPEN)
    assert paused.paused is RejectionCode.PAYMENT_DISPUTED
    assert not may_end_by_card(paused)
    assert (is_paused_for_dispute(paused), is_paused_for_dispute(OPEN)) == (True, False)
    assert blocked_for(RejectionCode.PAYMENT_DISPUTED) is BlockedReason.PAST_DUE


def test_a_pause_that_is_there_already_stays() -> None:
    declined = replace(OPEN, paused=RejectionCode.PAYMENT_DECLINED)
    assert dispute_lost(declined) == declined


def test_an_agency_without_an_account_has_nothing_to_pause() -> None:
    assert dispute_lost(Ledger()) == Ledger()
