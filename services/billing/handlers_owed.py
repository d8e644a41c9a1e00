"""What is owed: charged to the card when an admin tries again, the oldest invoice first, until one is declined."""

from __future__ import annotations

from typing import assert_never

from chassis.actor import Turn
from contracts.billing import BillingOrderRefused, PayOwed
from contracts.message import Figures
from contracts.vocabulary import Refusal
from services.billing import tasks
from services.billing.domain.account import Agency
from services.billing.domain.operation import OperationKind
from services.billing.handlers_news import want_news
from services.billing.handlers_settling import collect, tell_settling
from services.billing.tasks import SettlementPaid, SettlementPutOff, SettlementUnpaid


def pay_owed(agency: Agency, order: PayOwed, turn: Turn) -> None:  # noqa: ARG001  that it is asked is all
    """Charge the oldest invoice that is owed."""
    if agency.account is None:
        turn.refuse(Refusal.BILLING_UNAVAILABLE)
    elif agency.owed is None:
        turn.refuse(Refusal.NOTHING_TO_CHANGE)
    else:
        collect(agency, agency.account, turn, OperationKind.PAY_OWED, turn.id, agency.owed.id)


def settle_owed(agency: Agency, value: SettlementPaid | SettlementUnpaid | SettlementPutOff, turn: Turn) -> None:
    """The invoice is paid, and the next one's turn comes, or nothing is owed any more; or it is not paid, and why."""
    operation, account = agency.under_way(turn.id), agency.account
    if operation is None or account is None:
        return
    match value:
        case SettlementPaid(invoice=invoice):
            owed_until_now = agency.owes
            agency.keep(operation.done(turn.now, invoice.amount_paid, invoice.id))
            tell_settling(agency, operation, value, turn)
            if agency.owed is not None:
                new = turn.new_id()
                collect(agency, account, turn, OperationKind.PAY_OWED, new, agency.owed.id, is_next=True)
            elif not owed_until_now:
                # It was paid and told before its turn came: what was asked for ends all the same.
                _refuse(Refusal.NOTHING_TO_CHANGE, {}, turn)
        case SettlementUnpaid(invoice=invoice):
            agency.keep(operation.refused(turn.now, value.code, invoice.id))
            tell_settling(agency, operation, value, turn, value.decline_code)
            # Of a declined card people are told that nothing was charged.
            code = Refusal.PAST_DUE if value.next else value.code
            _refuse(code, {"decline_code": value.decline_code} if value.decline_code else {}, turn)
        case SettlementPutOff():
            agency.keep(operation.refused(turn.now, value.code))
            want_news(agency, turn)
            _refuse(value.code, {}, turn)
        case _:
            assert_never(value)
    turn.hurry(tasks.NEWS)


def _refuse(code: Refusal, figures: Figures, turn: Turn) -> None:
    refused = BillingOrderRefused(order_id=str(turn.id), order_type=PayOwed.type, code=code, figures=figures)
    turn.say(refused)
