"""The statements about ledgers, and the mapping between a row and a ledger."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg

from contracts.payment_vocabulary import Debt
from contracts.policy_vocabulary import SeatPolicy
from contracts.vocabulary import Actor, BlockedReason, FrozenReason, Quantities, RejectionCode, SeatType, StripeFault
from services.seats.domain.ledger import Account, AdjustRequest, Dismissal, Ledger, Purchase, Serving, StepUp
from services.seats.domain.limits import Limit, Limits, Nearness, OfType
from services.seats.domain.policies import Policies
from services.seats.domain.reduction import Reduction, Target

_LEDGER_TYPES = {
    "agency_id": "uuid",
    "account": "text",
    "purchased_base": "integer",
    "purchased_voice": "integer",
    "active_base": "integer",
    "active_voice": "integer",
    "waiting_base": "integer",
    "waiting_voice": "integer",
    "last_position": "bigint",
    "purchase_id": "uuid",
    "purchase_before_base": "integer",
    "purchase_before_voice": "integer",
    "purchase_after_base": "integer",
    "purchase_after_voice": "integer",
    "purchase_last": "bigint",
    "baa_signed": "boolean",
    "auto_add": "boolean",
    "paused": "text",
    "ended_1": "timestamptz",
    "ended_2": "timestamptz",
    "ended_3": "timestamptz",
    "held_until": "timestamptz",
    "purchase_command": "uuid",
    "purchase_actor": "text",
    "unsettled_base": "integer",
    "unsettled_voice": "integer",
    "gone": "text",
    "waiting_since": "timestamptz",
    "reported_at": "timestamptz",
    "fault": "text",
    "step_up_seats": "integer",
    "step_up_amount": "bigint",
    "purchase_awaits_payment": "boolean",
    "owed_invoices": "integer",
    "owed_amount": "bigint",
    "owed_currency": "text",
    "owed_decline_code": "text",
    "decline_code": "text",
    "purchase_quote": "uuid",
    "purchase_pays_first": "boolean",
    "serving_id": "uuid",
    "serving_last": "bigint",
    "dismissal_reason": "text",
    "dismissal_last": "bigint",
    "dismissal_id": "uuid",
    "purchase_lets_in_for": "uuid",
    "limit_base_seats": "integer",
    "limit_base_month": "integer",
    "limit_base_amount": "bigint",
    "limit_voice_seats": "integer",
    "limit_voice_month": "integer",
    "limit_voice_amount": "bigint",
    "added_base": "integer",
    "added_voice": "integer",
    "added_month": "date",
    "price_base": "bigint",
    "price_voice": "bigint",
    "price_currency": "text",
    "notified_base": "smallint",
    "notified_voice": "smallint",
    "purchase_renewal": "timestamptz",
    "renews_at": "timestamptz",
    "reduction_base": "integer",
    "reduction_voice": "integer",
    "reduction_at": "timestamptz",
    "reduction_command": "uuid",
    "reduction_actor": "text",
    "reduction_reported": "boolean",
    "reduction_tried_at": "timestamptz",
    "reduction_code": "text",
    "policy_base": "text",
    "policy_voice": "text",
}
_LEDGER_COLUMNS = ", ".join(_LEDGER_TYPES)
_LEDGER_ARRAYS = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(_LEDGER_TYPES.values(), start=1))
_LEDGER_CHANGES = ", ".join(f"{name} = excluded.{name}" for name in _LEDGER_TYPES if name != "agency_id")

LEDGERS = f"SELECT {_LEDGER_COLUMNS} FROM ledgers WHERE agency_id = ANY($1)"  # noqa: S608  constant columns
SAVE_LEDGERS = f"""
INSERT INTO ledgers ({_LEDGER_COLUMNS}) SELECT * FROM unnest({_LEDGER_ARRAYS})
ON CONFLICT (agency_id) DO UPDATE SET {_LEDGER_CHANGES}
"""  # noqa: S608  as above


def ledger_of(row: asyncpg.Record) -> Ledger:
    """The ledger of a row."""
    purchase = None
    if row["purchase_id"] is not None:
        purchase = Purchase(
            operation_id=row["purchase_id"],
            before=Quantities(row["purchase_before_base"], row["purchase_before_voice"]),
            after=Quantities(row["purchase_after_base"], row["purchase_after_voice"]),
            last=row["purchase_last"],
            request=_adjust_request(row),
            awaits_payment=row["purchase_awaits_payment"],
        )
    ended = (row["ended_1"], row["ended_2"], row["ended_3"])
    return Ledger(
        account=Account(row["account"]),
        purchased=Quantities(row["purchased_base"], row["purchased_voice"]),
        active=Quantities(row["active_base"], row["active_voice"]),
        waiting=Quantities(row["waiting_base"], row["waiting_voice"]),
        last_position=row["last_position"],
        purchase=purchase,
        baa_signed=row["baa_signed"],
        auto_add=row["auto_add"],
        paused=RejectionCode(row["paused"]) if row["paused"] is not None else None,
        ended=tuple(end for end in ended if end is not None),
        held_until=row["held_until"],
        unsettled=Quantities(row["unsettled_base"], row["unsettled_voice"]),
        gone=FrozenReason(row["gone"]) if row["gone"] is not None else None,
        waiting_since=row["waiting_since"],
        reported_at=row["reported_at"],
        fault=StripeFault(row["fault"]) if row["fault"] is not None else None,
        step_up=StepUp(row["step_up_seats"], row["step_up_amount"]) if row["step_up_seats"] is not None else None,
        owed=_owed(row),
        decline_code=row["decline_code"],
        serving=Serving(row["serving_id"], row["serving_last"]) if row["serving_id"] is not None else None,
        dismissal=_dismissal(row),
        limits=_limits(row),
        renews_at=row["renews_at"],
        reduction=_reduction(row),
        policies=Policies(*(_policy(row[f"policy_{name}"]) for name in SeatType)),
    )


def _reduction(row: asyncpg.Record) -> Reduction | None:
    if row["reduction_at"] is None:
        return None
    return Reduction(
        Target(row["reduction_base"], row["reduction_voice"]),
        row["reduction_at"],
        row["reduction_command"],
        Actor.parse(row["reduction_actor"]),
        is_reported=row["reduction_reported"],
        tried_at=row["reduction_tried_at"],
        code=RejectionCode(row["reduction_code"]) if row["reduction_code"] is not None else None,
    )


def _reduction_row(reduction: Reduction | None) -> tuple[object, ...]:
    if reduction is None:
        return (None, None, None, None, None, False, None, None)
    to, by = reduction.to, str(reduction.actor)
    who_and_when = (reduction.at, reduction.command_id, by, reduction.is_reported, reduction.tried_at, reduction.code)
    return (to.base, to.voice, *who_and_when)


def _policy(value: str | None) -> SeatPolicy | None:
    return None if value is None else SeatPolicy(value)


def _limits(row: asyncpg.Record) -> Limits:
    base, voice = (
        OfType(
            Limit(row[f"limit_{name}_seats"], row[f"limit_{name}_month"], row[f"limit_{name}_amount"]),
            added=row[f"added_{name}"],
            price=row[f"price_{name}"],
            notified=Nearness(row[f"notified_{name}"]),
        )
        for name in SeatType
    )
    return Limits(base, voice, row["added_month"], row["price_currency"])


def _limits_row(limits: Limits) -> tuple[object, ...]:
    base, voice = limits.base, limits.voice
    return (
        base.limit.seats,
        base.limit.month_seats,
        base.limit.month_amount,
        voice.limit.seats,
        voice.limit.month_seats,
        voice.limit.month_amount,
        base.added,
        voice.added,
        limits.month,
        base.price,
        voice.price,
        limits.currency,
        base.notified,
        voice.notified,
    )


def _dismissal(row: asyncpg.Record) -> Dismissal | None:
    if row["dismissal_reason"] is None:
        return None
    return Dismissal(BlockedReason(row["dismissal_reason"]), row["dismissal_last"], row["dismissal_id"])


def _owed(row: asyncpg.Record) -> Debt | None:
    if row["owed_invoices"] is None:
        return None
    return Debt(row["owed_invoices"], row["owed_amount"], row["owed_currency"], row["owed_decline_code"])


def _adjust_request(row: asyncpg.Record) -> AdjustRequest | None:
    command = row["purchase_command"]
    if command is None:
        return None
    actor = Actor.parse(row["purchase_actor"])
    pays_first, lets_in_for = row["purchase_pays_first"], row["purchase_lets_in_for"]
    return AdjustRequest(command, actor, row["purchase_quote"], pays_first, lets_in_for, row["purchase_renewal"])


def row_of(agency_id: UUID, ledger: Ledger) -> tuple[object, ...]:
    """The row of a ledger, its columns in the order of the table."""
    purchase = ledger.purchase
    request = purchase.request if purchase is not None else None
    ended: tuple[datetime | None, ...] = (*ledger.ended, None, None, None)
    return (
        agency_id,
        ledger.account,
        ledger.purchased.base,
        ledger.purchased.voice,
        ledger.active.base,
        ledger.active.voice,
        ledger.waiting.base,
        ledger.waiting.voice,
        ledger.last_position,
        purchase.operation_id if purchase is not None else None,
        purchase.before.base if purchase is not None else None,
        purchase.before.voice if purchase is not None else None,
        purchase.after.base if purchase is not None else None,
        purchase.after.voice if purchase is not None else None,
        purchase.last if purchase is not None else None,
        ledger.baa_signed,
        ledger.auto_add,
        ledger.paused,
        *ended[:3],
        ledger.held_until,
        request.command_id if request is not None else None,
        str(request.actor) if request is not None else None,
        ledger.unsettled.base,
        ledger.unsettled.voice,
        ledger.gone,
        ledger.waiting_since,
        ledger.reported_at,
        ledger.fault,
        ledger.step_up.seats if ledger.step_up is not None else None,
        ledger.step_up.amount if ledger.step_up is not None else None,
        ledger.awaits_payment,
        ledger.owed.invoices if ledger.owed is not None else None,
        ledger.owed.amount if ledger.owed is not None else None,
        ledger.owed.currency if ledger.owed is not None else None,
        ledger.owed.decline_code if ledger.owed is not None else None,
        ledger.decline_code,
        request.quote_id if request is not None else None,
        request is not None and request.pays_first,
        ledger.serving.operation_id if ledger.serving is not None else None,
        ledger.serving.last if ledger.serving is not None else None,
        ledger.dismissal.reason if ledger.dismissal is not None else None,
        ledger.dismissal.last if ledger.dismissal is not None else None,
        ledger.dismissal.operation_id if ledger.dismissal is not None else None,
        request.lets_in_for if request is not None else None,
        *_limits_row(ledger.limits),
        request.renewal if request is not None else None,
        ledger.renews_at,
        *_reduction_row(ledger.reduction),
        ledger.policies.base,
        ledger.policies.voice,
    )
