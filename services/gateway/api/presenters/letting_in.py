"""The result of letting Blocked members in as a JSON body."""

from __future__ import annotations

from contracts.members import BlockedLetIn
from services.gateway.api.presenters.billing import paid_invoice
from services.gateway.api.presenters.seats import seat_pair
from services.gateway.api.schemas.base import Money
from services.gateway.api.schemas.letting_in import LetInOut
from services.gateway.model.operation import Operation


def let_in_result(operation: Operation) -> LetInOut:
    """The people who are in, and the cost."""
    ended = BlockedLetIn.model_validate(operation.result)
    return LetInOut(
        let_in=ended.let_in_count,
        left_out=ended.left_out,
        before=seat_pair(ended.before),
        after=seat_pair(ended.after),
        charged=Money(amount=ended.charged, currency=ended.currency),
        new_total=Money(amount=ended.new_total, currency=ended.currency),
        invoice=paid_invoice(ended.invoice),
    )
