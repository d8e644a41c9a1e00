"""An invoice that could not be paid."""

from dataclasses import replace

from contracts.vocabulary import Quantities, RejectionCode
from services.seats.domain.ledger import Account, Ledger
from services.seats.domain.past_due import payment_failed

AGENCY = Ledger(account=Account.OPEN, purchased=Quantities(2, 3), active=Quantities(2, 2), auto_add=True)


def test_an_unpaid_invoice_pauses_auto_add_and_suspends_nobody() -> None:
    assert payment_failed(AGENCY) == replace(AGENCY, paused=RejectionCode.PAST_DUE)


def test_an_agency_without_an_account_has_nothing_unpaid() -> None:
    refused = replace(AGENCY, account=Account.REJECTED)
    assert payment_failed(refused) == refused
