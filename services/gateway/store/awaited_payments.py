"""The change of each agency that waits for the payment of its invoice: kept until billing publishes its end."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from contracts.billing_payments import PaymentAwaited
from database.postgres import Db, Pool
from services.gateway.model.changes import AgencyChanges


async def save(db: Db, states: Collection[AgencyChanges]) -> None:
    """Write the changes that wait now, and delete those that have ended."""
    waiting = [(changes.agency_id, changes.awaited) for changes in states if changes.awaited is not None]
    if waiting:
        await db.execute(
            "INSERT INTO awaited_payments (agency_id, operation_id, event)"
            " SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::jsonb[])"
            " ON CONFLICT (agency_id) DO UPDATE SET operation_id = excluded.operation_id, event = excluded.event",
            [agency_id for agency_id, _ in waiting],
            [event.operation_id for _, event in waiting],
            [event.model_dump(mode="json") for _, event in waiting],
        )
    if ended := [operation_id for changes in states for operation_id in changes.payments_ended]:
        await db.execute("DELETE FROM awaited_payments WHERE operation_id = ANY($1::uuid[])", ended)


async def of(pool: Pool, agency_id: UUID) -> PaymentAwaited | None:
    """The agency's change that waits; None when there is none."""
    event = await pool.fetchval("SELECT event FROM awaited_payments WHERE agency_id = $1", agency_id)
    return None if event is None else PaymentAwaited.model_validate(event)
