"""The agencies' rows: added, changed and deleted as the batch's events say, all agencies in one statement."""

from __future__ import annotations

from collections.abc import Collection

from database.postgres import Db
from services.gateway.model.changes import AgencyChanges


async def save(db: Db, states: Collection[AgencyChanges]) -> None:
    """Add founded agencies, write the changes of known ones, and delete those that were rejected."""
    if founded := [(changes.agency_id, changes.founded) for changes in states if changes.founded is not None]:
        await db.execute(
            "INSERT INTO agencies (agency_id, name, domain, cycle, locale)"
            " SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])"
            " ON CONFLICT (agency_id) DO NOTHING",
            [agency_id for agency_id, _ in founded],
            [event.name for _, event in founded],
            [event.domain for _, event in founded],
            [event.cycle.value for _, event in founded],
            [event.locale for _, event in founded],
        )
    if changed := [changes for changes in states if _changes_the_row(changes)]:
        await db.execute(_UPDATE, *zip(*(_row(changes) for changes in changed), strict=True))
    for changes in states:
        if changes.parked:
            await db.execute(
                "UPDATE agencies SET parked = ARRAY(SELECT s FROM unnest(parked) s WHERE s <> ALL($2::text[]))"
                " || $3::text[] WHERE agency_id = $1",
                changes.agency_id,
                list(changes.parked),
                [cause for cause, holds_back in changes.parked.items() if holds_back],
            )
    if gone := [changes.agency_id for changes in states if changes.gone]:
        await db.execute(
            "WITH dropped AS (DELETE FROM members WHERE agency_id = ANY($1::uuid[])),"
            " lines AS (DELETE FROM activity WHERE agency_id = ANY($1::uuid[])),"
            " days AS (DELETE FROM seat_days WHERE agency_id = ANY($1::uuid[]))"
            " DELETE FROM agencies WHERE agency_id = ANY($1::uuid[])",
            gone,
        )


_UPDATE = """
UPDATE agencies a SET
    open            = a.open OR u.open,
    purchased_base  = coalesce(u.purchased_base, a.purchased_base),
    purchased_voice = coalesce(u.purchased_voice, a.purchased_voice),
    incoming_base   = coalesce(u.incoming_base, a.incoming_base),
    incoming_voice  = coalesce(u.incoming_voice, a.incoming_voice),
    waiting_base    = coalesce(u.waiting_base, a.waiting_base),
    waiting_voice   = coalesce(u.waiting_voice, a.waiting_voice),
    unsettled_base  = coalesce(u.unsettled_base, a.unsettled_base),
    unsettled_voice = coalesce(u.unsettled_voice, a.unsettled_voice),
    paused          = CASE WHEN u.incoming_base IS NULL THEN a.paused ELSE u.paused END,
    frozen          = CASE WHEN u.incoming_base IS NULL THEN a.frozen ELSE u.frozen END,
    fault           = CASE WHEN u.incoming_base IS NULL THEN a.fault ELSE u.fault END,
    declined        = CASE WHEN u.incoming_base IS NULL THEN a.declined ELSE u.declined END,
    decline_code    = CASE WHEN u.incoming_base IS NULL THEN a.decline_code ELSE u.decline_code END,
    owed_invoices   = CASE WHEN u.incoming_base IS NULL THEN a.owed_invoices ELSE u.owed_invoices END,
    owed_amount     = CASE WHEN u.incoming_base IS NULL THEN a.owed_amount ELSE u.owed_amount END,
    owed_currency   = CASE WHEN u.incoming_base IS NULL THEN a.owed_currency ELSE u.owed_currency END,
    owed_decline_code = CASE WHEN u.incoming_base IS NULL THEN a.owed_decline_code ELSE u.owed_decline_code END,
    auto_add        = coalesce(u.auto_add, a.auto_add),
    baa_version     = coalesce(u.baa_version, a.baa_version),
    baa_signer_id   = coalesce(u.baa_signer_id, a.baa_signer_id),
    baa_signer_name = coalesce(u.baa_signer_name, a.baa_signer_name),
    baa_signer_title = coalesce(u.baa_signer_title, a.baa_signer_title),
    baa_signed_at   = coalesce(u.baa_signed_at, a.baa_signed_at),
    domain          = coalesce(u.domain, a.domain),
    name            = coalesce(u.name, a.name),
    step_up_seats   = coalesce(u.step_up_seats, a.step_up_seats),
    step_up_amount  = coalesce(u.step_up_amount, a.step_up_amount)
FROM unnest($1::uuid[], $2::boolean[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[], $9::text[],
            $10::boolean[], $11::text[], $12::uuid[], $13::text[], $14::text[], $15::timestamptz[], $16::int[],
            $17::int[], $18::text[], $19::text[], $20::text[], $21::int[],
            $22::bigint[], $23::text[], $24::text[], $25::int[], $26::bigint[], $27::text[], $28::text[],
            $29::text[])
    AS u(agency_id, open, purchased_base, purchased_voice, incoming_base, incoming_voice, waiting_base, waiting_voice,
         paused, auto_add, baa_version, baa_signer_id, baa_signer_name, baa_signer_title, baa_signed_at,
         unsettled_base, unsettled_voice, frozen, domain, fault, step_up_seats,
         step_up_amount, declined, decline_code, owed_invoices, owed_amount, owed_currency, owed_decline_code, name)
WHERE a.agency_id = u.agency_id
"""


def _changes_the_row(changes: AgencyChanges) -> bool:
    return bool(
        changes.opened
        or changes.capacity
        or changes.auto_add is not None
        or changes.baa
        or changes.domain
        or changes.name
        or changes.step_up
    )


def _row(changes: AgencyChanges) -> tuple[object, ...]:
    capacity, baa = changes.capacity, changes.baa
    owed = capacity.owed if capacity else None
    purchased = capacity.purchased if capacity else changes.purchased
    return (
        changes.agency_id,
        changes.opened,
        purchased.base if purchased else None,
        purchased.voice if purchased else None,
        capacity.incoming.base if capacity else None,
        capacity.incoming.voice if capacity else None,
        capacity.waiting.base if capacity else None,
        capacity.waiting.voice if capacity else None,
        capacity.paused.value if capacity and capacity.paused else None,
        changes.auto_add,
        baa.version if baa else None,
        baa.signer_id if baa else None,
        baa.signer_name if baa else None,
        baa.signer_title if baa else None,
        baa.signed_at if baa else None,
        capacity.unsettled.base if capacity else None,
        capacity.unsettled.voice if capacity else None,
        capacity.frozen.value if capacity and capacity.frozen else None,
        changes.domain,
        capacity.fault.value if capacity and capacity.fault else None,
        changes.step_up.seats if changes.step_up else None,
        changes.step_up.amount if changes.step_up else None,
        capacity.declined.value if capacity and capacity.declined else None,
        capacity.decline_code if capacity else None,
        owed.invoices if owed else None,
        owed.amount if owed else None,
        owed.currency if owed else None,
        owed.decline_code if owed else None,
        changes.name,
    )
