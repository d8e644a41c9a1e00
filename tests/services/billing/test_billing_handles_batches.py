"""In a batch of many agencies, a message that cannot be handled does not stop the other agencies."""

import asyncio
from uuid import uuid4

from contracts.billing import OpenPortal
from contracts.members_agencies import AgencyFounded
from contracts.vocabulary import BillingCycle, SeatType
from tests.services.billing.conftest import Billing


async def test_two_agencies_whose_events_name_the_same_operation_do_not_stop_the_batch(billing: Billing) -> None:
    service, operation, agencies = billing.service, uuid4(), [uuid4(), uuid4()]
    event = AgencyFounded(
        name="Harbor Clinic",
        domain="harbor.example",
        cycle=BillingCycle.MONTHLY,
        base=1,
        voice=0,
        payment_method="pm_card_visa",
        admin_id=uuid4(),
        admin_email="ada@harbor.example",
        admin_name="Ada Park",
        admin_seat_type=SeatType.BASE,
    )
    batch = [service.sender.record(event, agency, correlation_id=operation) for agency in agencies]
    async with asyncio.timeout(20):
        await service.handle_records([*batch, service.sender.record(OpenPortal(), uuid4())])
    # Nobody can know whose operation it is, so the later agency waits for the operator. The others do not.
    rows = await service.pool.fetch("SELECT parked_at IS NOT NULL AS parked FROM actors ORDER BY 1")
    assert [row["parked"] for row in rows] == [False, False, True]
