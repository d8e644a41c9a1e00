"""One command of an admin pays what is owed and then changes the counts."""

from dataclasses import replace
from uuid import UUID

from contracts.payment_vocabulary import Debt
from contracts.vocabulary import Quantities, member
from services.seats.domain.adjust_seats import Start, adjust_seats
from services.seats.domain.ledger import Account, AdjustRequest, Ledger, Purchase
from services.seats.domain.pay_then_adjust import Begin, debt_paid, waiting_change

COMMAND, OPERATION, QUOTE = UUID(int=5), UUID(int=9), UUID(int=4)
REQUEST = AdjustRequest(COMMAND, member(UUID(int=6)), QUOTE)
AGENCY = Ledger(account=Account.OPEN, purchased=Quantities(2, 5), baa_signed=True, owed=Debt(1, 500))


def waiting() -> Ledger:
    """An agency whose admin has what is owed paid first."""
    outcome = adjust_seats(AGENCY, Quantities(3, 5), OPERATION, REQUEST, pay_owed=True)
    assert isinstance(outcome, Start)
    return outcome.ledger


def test_the_change_waits_until_what_is_owed_is_paid_and_then_begins_at_its_quote() -> None:
    ledger = waiting()
    assert waiting_change(ledger, COMMAND) == Purchase(
        OPERATION, Quantities(2, 5), Quantities(3, 5), 0, replace(REQUEST, pays_first=True)
    )
    begun = Purchase(OPERATION, Quantities(2, 5), Quantities(3, 5), 0, REQUEST)
    assert debt_paid(ledger, COMMAND) == Begin(replace(ledger, purchase=begun), begun, QUOTE)


def test_it_begins_once() -> None:
    begin = debt_paid(waiting(), COMMAND)
    assert begin is not None
    assert debt_paid(begin.ledger, COMMAND) is None


def test_a_payment_for_another_command_begins_nothing() -> None:
    assert debt_paid(waiting(), UUID(int=7)) is None
    auto_add = Purchase(OPERATION, Quantities(2, 5), Quantities(3, 5), 0)
    assert waiting_change(replace(AGENCY, purchase=auto_add), COMMAND) is None
    assert waiting_change(AGENCY, COMMAND) is None


def test_without_a_debt_there_is_nothing_to_wait_for() -> None:
    outcome = adjust_seats(replace(AGENCY, owed=None), Quantities(3, 5), OPERATION, REQUEST, pay_owed=True)
    assert isinstance(outcome, Start)
    assert waiting_change(outcome.ledger, COMMAND) is None
