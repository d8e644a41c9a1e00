"""What was left unsettled: settled by one invoice when the day's allow it, and tried again when it is not paid."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, assert_never
from uuid import UUID

from chassis.actor import Turn
from services.billing import tasks
from services.billing.domain.account import Account, Agency
from services.billing.domain.operation import Operation, OperationKind
from services.billing.handlers_news import want_news
from services.billing.handlers_quantities import begin, settle_later
from services.billing.tasks import SettleDue, SettlementPaid, SettlementPutOff, SettlementUnpaid, SettleTask
from services.billing.telling import take, tell_invoices, tell_seen, tell_settled

_AGAIN: Final = timedelta(hours=1)
"""Stripe would not make the invoice, for a reason that passes or that a person removes."""
_CARD_AGAIN: Final = timedelta(days=1)
"""A declined card is tried once a day, and at once when another one is charged."""


def settle_due(agency: Agency, _value: SettleDue, turn: Turn) -> None:
    """Settle, unless nothing is unsettled any more or it is being settled."""
    account = agency.account
    unpaid = agency.open_settlement
    if account is None or account.ended is not None or not (agency.unsettled or unpaid):
        return
    if any(one.is_under_way and one.kind is OperationKind.SETTLE for one in agency.operations.values()):
        return
    collect(agency, account, turn, OperationKind.SETTLE, turn.new_id(), unpaid.id if unpaid is not None else None)


def collect(
    agency: Agency,
    account: Account,
    turn: Turn,
    kind: OperationKind,
    operation_id: UUID,
    unpaid: str | None,
    *,
    is_next: bool = False,
) -> None:
    """Begin an operation that has an invoice paid: the one that is `unpaid`, or one to be made of what waits."""
    begin(
        agency,
        turn,
        Operation(
            id=operation_id,
            agency_id=agency.id,
            kind=kind,
            before=account.purchased,
            after=account.purchased,
            began_at=turn.now,
        ),
        SettleTask(
            customer_id=account.customer_id, subscription_id=account.subscription_id, unpaid=unpaid, next=is_next
        ),
    )


def settle_settlement(agency: Agency, value: SettlementPaid | SettlementUnpaid | SettlementPutOff, turn: Turn) -> None:
    """What waited is paid; or invoiced and not paid; or it waits on."""
    operation, account = agency.under_way(turn.id), agency.account
    if operation is None or account is None:
        return
    match value:
        case SettlementPaid(invoice=invoice):
            agency.keep(operation.done(turn.now, invoice.amount_paid, invoice.id))
            tell_settling(agency, operation, value, turn)
            if agency.unsettled:
                settle_later(agency, turn)
        case SettlementUnpaid(invoice=invoice):
            agency.keep(operation.refused(turn.now, value.code, invoice.id))
            tell_settling(agency, operation, value, turn, value.decline_code)
            settle_later(agency, turn, turn.now + _CARD_AGAIN)
        case SettlementPutOff():
            agency.keep(operation.refused(turn.now, value.code))
            settle_later(agency, turn, value.at or turn.now + _AGAIN)
            # Where nothing waited, another invoice has it.
            want_news(agency, turn)
        case _:
            assert_never(value)
    turn.hurry(tasks.NEWS)


def tell_settling(
    agency: Agency,
    operation: Operation,
    value: SettlementPaid | SettlementUnpaid,
    turn: Turn,
    decline_code: str | None = None,
) -> None:
    """Tell how an invoice stands that an operation was to collect, and what was read with it."""
    if agency.account is not None:
        agency.keep_account(agency.account.seen_anew())
    take(agency, value.invoice.id, value.pending)
    tell_invoices(agency, [value.invoice], turn, operation.id, decline_code)
    tell_settled(agency, turn)
    tell_seen(agency, value.seen, turn)
