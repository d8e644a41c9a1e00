"""A change may credit time if it takes seats away, switches the cycle, or costs less because of a tier's edge."""

import pytest

from contracts.message import Seats
from contracts.vocabulary import BillingCycle, Quantities
from services.billing.domain.quote import Terms
from services.billing.domain.quote_basis import QuoteBasis
from services.billing.item_update import ItemUpdateTask

MONTHLY, ANNUAL = BillingCycle.MONTHLY, BillingCycle.ANNUAL


def task(after: int, invoiced: int | None = None, cycle: BillingCycle = MONTHLY) -> ItemUpdateTask:
    """A change of 24 Voice seats; `invoiced` cents at a quote's price, or without a quote."""
    held = QuoteBasis((), 0, ())
    terms = Terms(Quantities(0, after), MONTHLY, cycle, 0, 0, invoiced, held, None) if invoiced is not None else None
    before = Seats(base=0, voice=24)
    return ItemUpdateTask(
        customer_id="cus_1", subscription_id="sub_1", before=before, after=Seats(base=0, voice=after), terms=terms
    )


@pytest.mark.parametrize(
    ("change", "may_credit"),
    [
        (task(25), False),
        (task(23), True),
        (task(26, 5000), False),
        (task(25, -2501), True),
        (task(23, 100), True),
        (task(24, 100_000, ANNUAL), True),
    ],
)
def test_what_may_credit_time(change: ItemUpdateTask, may_credit: bool) -> None:
    assert change.may_credit is may_credit
