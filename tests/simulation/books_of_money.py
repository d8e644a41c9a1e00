"""The books of money: purchases, invoices, charges, debts."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any

from tests.simulation.invariants import Violation
from tests.simulation.records import Records
from tests.simulation.reported import (
    charges_are_the_quotes,
    overwritten_edits_are_reported,
    planned_ends_are_known,
)

PACE = timedelta(seconds=2)

DAY = timedelta(hours=24)

A_DAYS_WORTH = 15
"""Invoices in 24 hours, after which Auto-Add's seats are left unsettled."""


class BooksOfMoney(Records):
    """The checks on money."""

    async def billing_says_what_stripe_did(self) -> None:
        """Check the charges of quotes, the reports of overwritten edits, and the planned ends."""
        stripe = self._system.stripe
        charges_are_the_quotes(self.messages, stripe)
        operations = await self._db.fetch("SELECT * FROM billing.operations WHERE kind = 'set_quantities'")
        overwritten_edits_are_reported(self.messages, operations, stripe)
        planned_ends_are_known(await self._db.fetch("SELECT * FROM billing.accounts"), stripe)

    async def changes_at_stripe_are_operations(self) -> None:
        """Check that every change of quantities at Stripe is a dashboard edit, or one operation's and made once.

        An operation whose invoice was not paid is undone: its change is set back, and its invoice cannot be paid. One
        whose seats nobody will ever pay, because the subscription was canceled right after it, is rejected. A cycle
        switch sets the quantities that were quoted, over an edit made meanwhile (`edit_overwritten`).
        """
        rows = await self._db.fetch(
            "SELECT id, before_base, before_voice, after_base, after_voice, code, invoice_id FROM billing.operations"
            " WHERE kind IN ('set_quantities', 'switch_cycle') AND (state = 'done' OR code = 'change_undone')"
        )
        rejected = await self._db.fetch(_REJECTED)
        invoices = self._system.stripe.world.table("invoices")
        for row in rows:
            if row["code"] is None or not row["invoice_id"]:
                continue
            status = invoices[row["invoice_id"]]["status"]
            if status in {"paid", "open"}:
                raise Violation("charged once", f"{row['id']} is undone, and its invoice is {status}")
        unpayable = [row for row in rejected if row["subscription_id"] in self._system.stripe.lowered]
        done = {str(row["id"]): (row["after_base"], row["after_voice"]) for row in (*rows, *unpayable)}
        set_back = {
            ((row["after_base"], row["after_voice"]), (row["before_base"], row["before_voice"]))
            for row in rows
            if row["code"] is not None
        }
        ours = [
            change
            for change in self._system.stripe.changes_made
            if change.operation is not None
            and (str(change.operation) in done or (change.before, change.after) not in set_back)
        ]
        for change in ours:
            expected = done.get(str(change.operation))
            if change.after != expected:
                raise Violation("charged once", f"{change}, but {expected} was commanded")
        for operation, count in Counter(change.operation for change in ours).items():
            if count > 1:
                raise Violation("charged once", f"{operation} was made {count} times")

    async def invoices_are_operations(self) -> None:
        """Check that each invoice of a change belongs to one operation, which may try the invoice repeatedly."""
        stripe = self._system.stripe
        rows = await self._db.fetch(
            "SELECT invoice_id FROM billing.operations WHERE invoice_id IS NOT NULL"
            " AND kind <> 'pay_owed' AND (state = 'done' OR kind <> 'settle')"
        )
        invoices = Counter(str(row["invoice_id"]) for row in rows)
        for invoice_id, count in invoices.items():
            if count > 1:
                raise Violation("each invoice one operation", f"{invoice_id} is {count} operations'")
        if any(change.operation is None for change in stripe.changes_made):
            return  # dashboard edits make invoices too
        for invoice in stripe.world.table("invoices").values():
            if invoice["billing_reason"] == "subscription_update" and invoice["id"] not in invoices:
                raise Violation("each invoice one operation", f"{invoice['id']} is nobody's")

    async def quantities_agree(self) -> None:
        """Check that seats, billing and Stripe have the same quantities."""
        for row in await self._db.fetch(_PURCHASED):
            at_stripe = self._system.stripe.quantities(row["subscription_id"])
            found = {(row[f"{whose}base"], row[f"{whose}voice"]) for whose in ("purchased_", "")} | {at_stripe}
            if row["gone"] is None and len(found) > 1:
                raise Violation("purchased = Stripe's", f"{dict(row)} / {at_stripe}")

    async def seats_are_paid(self) -> None:
        """Check that each purchased seat is paid, or unsettled because the day's 15 invoices were used."""
        invoices = self._system.stripe.world.table("invoices")
        lines = Counter(
            item
            for invoice in invoices.values()
            for line in invoice["_lines"]
            if (item := (line["parent"].get("subscription_item_details") or {}).get("invoice_item")) is not None
        )
        for item, count in lines.items():
            if count > 1:
                raise Violation("each line once", f"{item} is on {count} invoices")
        for row in await self._db.fetch(_BOUGHT):
            if row["pending_proration_ids"]:
                day = [invoice for invoice in invoices.values() if _of(invoice) == row["subscription_id"]]
                ended = row["ended_at"].timestamp()
                used = sum(ended - DAY.total_seconds() < invoice["created"] <= ended for invoice in day)
                if used < A_DAYS_WORTH:
                    raise Violation("paid or unsettled", f"{row['id']} was left unsettled after {used} invoices")
                billed = row["proration_invoice_id"]
                # Without an invoice the prorations are lost: the subscription was canceled before it.
                if row["is_settled"] and billed is not None and invoices[billed]["status"] not in {"paid", "void"}:
                    raise Violation("paid or unsettled", f"{row['id']} is settled, and its invoice is not paid")
            elif not self._is_billed_by_others(row) and (
                row["invoice_id"] is None or invoices[row["invoice_id"]]["status"] != "paid"
            ):
                raise Violation("paid or unsettled", f"{row['id']} is done, and its invoice is not paid")
        for row in await self._db.fetch(_UNSETTLED):
            if (row["unsettled_base"] + row["unsettled_voice"] > 0) != row["is_left"]:
                raise Violation("paid or unsettled", f"seats / billing: {dict(row)}")

    def _is_billed_by_others(self, row: Any) -> bool:  # noqa: ANN401  asyncpg's record
        """Whether somebody made the same change a moment before ours, which then changed nothing."""
        return (row["subscription_id"], row["after_base"], row["after_voice"]) in self._system.stripe.overtaken

    async def purchases_are_paced(self) -> None:
        """Check that Auto-Add buys no more seats than members wait for, and waits two seconds after a purchase."""
        ended: dict[str, datetime] = {}
        for message in self.messages:
            agency = str(message["agency_id"])
            if message["type"] == "seats.seats_auto_added.v1":
                ended[agency] = message["published_at"]
            elif message["type"] == "seats.purchase_started.v1":
                if agency in ended and message["published_at"] - ended[agency] < PACE:
                    raise Violation(
                        "purchases are paced", f"{agency}: {message['published_at'] - ended[agency]} after the last"
                    )
                waiting = Counter(waiter["seat_type"] for waiter in message["data"]["waiting"])
                before, after = message["data"]["before"], message["data"]["after"]
                for kind in ("base", "voice"):
                    if after[kind] - before[kind] > waiting[kind]:
                        raise Violation("buys what is waited for", f"{agency}: {before} to {after} for {waiting}")

    async def over_is_said_once_nothing_is_owed(self) -> None:
        """Check that neither billing nor seats says that the problem is over while an invoice is owed."""
        unpaid: dict[str, set[str]] = defaultdict(set)
        for message in self.messages:
            invoice = str((message["data"].get("invoice") or {}).get("id"))
            if message["type"] == "billing.payment_failed.v1":
                unpaid[str(message["agency_id"])].add(invoice)
            elif message["type"] == "billing.invoice_changed.v1" and message["data"]["state"] in _OVER:
                unpaid[str(message["agency_id"])].discard(invoice)
            elif message["type"] == "billing.payment_recovered.v1" and unpaid[str(message["agency_id"])]:
                raise Violation("over only when nothing is owed", f"{message['id']}: {unpaid}")
        capacities = [message for message in self.messages if message["type"] == "seats.capacity_changed.v1"]
        for message in self.messages:
            if message["type"] != "seats.auto_add_resumed.v1":
                continue
            # The capacity that the same message changed is published after it.
            cause = message["headers"]["ce_causationid"]
            said = [
                capacity["data"].get("owed")
                for capacity in capacities
                if capacity["agency_id"] == message["agency_id"]
                and (capacity["row"] < message["row"] or capacity["headers"]["ce_causationid"] == cause)
            ]
            if said and said[-1] is not None:
                raise Violation("over only when nothing is owed", f"{message['id']}: {said[-1]}")


def _of(invoice: dict[str, Any]) -> str | None:
    """Return the subscription that an invoice is for."""
    details = (invoice["parent"] or {}).get("subscription_details") or {}
    found: str | None = details.get("subscription")
    return found


_OVER = frozenset({"paid", "void", "uncollectible"})
"""The states of an invoice that is owed no more, at the latest once the subscription is active."""

_PURCHASED = """
SELECT l.agency_id, l.purchased_base, l.purchased_voice, l.gone, a.base, a.voice, a.subscription_id
FROM seats.ledgers l JOIN billing.accounts a USING (agency_id)
"""

_BOUGHT = """
SELECT o.id, o.ended_at, o.invoice_id, o.pending_proration_ids, o.proration_invoice_id, o.is_settled, a.subscription_id,
       o.after_base, o.after_voice
FROM billing.operations o JOIN billing.accounts a USING (agency_id)
WHERE o.state = 'done' AND o.kind = 'set_quantities' AND o.code IS NULL
  AND (o.after_base > o.before_base OR o.after_voice > o.before_voice)
"""

_REJECTED = """
SELECT o.id, o.after_base, o.after_voice, a.subscription_id
FROM billing.operations o JOIN billing.accounts a USING (agency_id)
WHERE o.kind = 'set_quantities' AND o.code = 'billing_unavailable'
"""

_UNSETTLED = """
SELECT l.agency_id, l.unsettled_base, l.unsettled_voice,
       EXISTS (SELECT FROM billing.operations o WHERE o.agency_id = l.agency_id AND o.pending_proration_ids <> '{}'
               AND NOT o.is_settled) AS is_left
FROM seats.ledgers l WHERE l.gone IS NULL
"""
