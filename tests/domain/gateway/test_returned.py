"""Refunds, credit notes and lost disputes return money; an open or a won dispute returns nothing."""

import pytest

from contracts.billing_payments import PaymentReversed
from contracts.message import Invoice
from contracts.payment_vocabulary import Reversal
from contracts.seats import SeatReleased
from services.gateway.projection.activity.returned import returned
from tests.contracts.golden import golden

INVOICE = Invoice(id="in_1", number="A-1", total=5000, amount_paid=5000)


@pytest.mark.parametrize(
    ("kind", "amount"),
    [
        (Reversal.REFUND, 1200),
        (Reversal.CREDIT_NOTE, 1200),
        (Reversal.DISPUTE_LOST, 1200),
        (Reversal.DISPUTE_OPENED, 0),
        (Reversal.DISPUTE_WON, 0),
    ],
)
def test_what_went_back_is_in_the_log(kind: Reversal, amount: int) -> None:
    assert returned(PaymentReversed(invoice=INVOICE, kind=kind, amount=1200)) == amount


def test_other_events_return_nothing() -> None:
    assert returned(SeatReleased.model_validate(golden("seats.seat_released.v1").data)) == 0
