"""A change costs Stripe's `amount_due` today if it charges, and gives its signed `total` if it credits."""

import pytest

from services.billing.domain.due_today import DueToday, due_today, invoiced_today
from services.billing.domain.snapshots import Preview, StripeLineSnapshot


@pytest.mark.parametrize(
    ("total", "amount_due", "due"),
    [
        (3499, 3499, DueToday(3499, 0, 0)),
        (-1449, 0, DueToday(0, 1449, 0)),
        (2999, 1550, DueToday(1550, 0, 1449)),
        (2999, 0, DueToday(0, 0, 2999)),
        (30, 0, DueToday(0, 0, 30)),
        (1000, 1040, DueToday(1040, 0, -40)),
        (0, 0, DueToday(0, 0, 0)),
    ],
    ids=["charge", "credit", "the balance pays a part", "the balance pays all", "too little", "a debt", "nothing"],
)
def test_the_card_pays_the_amount_due_and_the_balance_the_rest(total: int, amount_due: int, due: DueToday) -> None:
    assert due_today(total, amount_due) == due
    assert due.due_now + due.from_balance - due.credit == total


def test_in_a_trial_other_seats_make_no_invoice_and_a_switch_does() -> None:
    line = StripeLineSnapshot(3000, "Base", 3, "si_1", is_proration=False, pending=None)
    preview = Preview(3000, 3000, 7, (line,), is_whole=True)
    assert invoiced_today(preview, "active", switches=False) is preview
    assert invoiced_today(preview, "trialing", switches=True) is preview
    assert invoiced_today(preview, "trialing", switches=False) == Preview(0, 0, 7, (), is_whole=True)
