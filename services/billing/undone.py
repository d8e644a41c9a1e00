"""The events with which an undoing ends the commands behind it: the one that made the change, and one to cancel it."""

from __future__ import annotations

from uuid import UUID

from contracts.billing import BillingCommandRejected, CancelChange, QuantitiesRejected, SwitchCycle
from contracts.billing_rejections import BillingUnavailable
from contracts.rejections import Rejection
from contracts.seat_rejections import ChangeUndone, NothingAwaited
from contracts.vocabulary import StripeFault
from services.billing.domain.operation import Operation


def not_canceled(command_id: UUID, fault: StripeFault | None) -> BillingCommandRejected:
    """The end of the command to cancel a change that stays."""
    rejection: Rejection = NothingAwaited() if fault is None else BillingUnavailable(fault=fault)
    return BillingCommandRejected(
        command_id=str(command_id), command_type=CancelChange.type, code=rejection.code, figures=rejection
    )


def rejection_of(operation: Operation, undone: ChangeUndone) -> BillingCommandRejected | QuantitiesRejected:
    """The end of the command that made the change."""
    if operation.switch is None:
        return QuantitiesRejected(operation_id=operation.id, code=undone.code, figures=undone)
    return BillingCommandRejected(
        command_id=str(operation.id), command_type=SwitchCycle.type, code=undone.code, figures=undone
    )
