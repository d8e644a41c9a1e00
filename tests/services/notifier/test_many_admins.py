"""An agency with hundreds of admins is mailed in portions, each admin once."""

from uuid import uuid4

import pytest

from contracts.billing_payments import PaymentFailed
from contracts.message import Invoice
from contracts.notifier import MailSent
from database.postgres import connection
from services.notifier.state import ADMINS_AT_ONCE
from tests.services.notifier.world import Clinic


@pytest.mark.parametrize("count", [ADMINS_AT_ONCE - 1, 2 * ADMINS_AT_ONCE + 7])
async def test_each_admin_gets_one_mail_however_many_there_are(clinic: Clinic, count: int) -> None:
    await clinic.opened()
    await clinic.service.pool.execute(
        "insert into people (agency_id, member_id, email, name, role, status, seat_type, bought)"
        " select $1, id, id || '@clinic.example', 'Bo', 'admin', 'active', 'base', false"
        " from unnest($2::uuid[]) as n (id)",
        clinic.agency_id,
        [uuid4() for _ in range(count)],
    )
    failed = PaymentFailed(invoice=Invoice(id="in_1", total=5998, amount_paid=0, is_paid=False))
    async with connection(clinic.service.pool) as db:
        states = await clinic.service.runtime.definition.store.load(
            db, {clinic.agency_id: [failed]}, clinic.service.clock()
        )
    assert len(states[clinic.agency_id].people) <= ADMINS_AT_ONCE + 1
    await clinic.handle(failed)
    delivered = await clinic.delivered()
    assert len({address for address, _ in delivered}) == len(delivered) == count + 1
    sent = [message.data.member_id for message in await clinic.service.published() if message.type == MailSent.type]
    assert len(sent) == len(set(sent)) == count + 1
