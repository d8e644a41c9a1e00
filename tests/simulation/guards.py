"""The guards: each is removed from a copy of the source, and the simulation must then find a named violation.

A guard is named with its source text and the text without it. The source does not know of this file: if the text has
changed, the run fails and says so.
"""

from __future__ import annotations

from tests.simulation.guard import Change, Guard
from tests.simulation.guards_of_admins import GUARDS_OF_ADMINS

HANDLED_TWICE = frozenset({"commands end once", "one mail per cause", "the log is complete", "every holder counted"})
LOST = frozenset(
    {"nothing deferred", "everything handled", "commands end once", "first logins end", "operations are over"}
)
CUSTOMER = """"metadata": {AGENCY: agency_id, OPERATION: operation_id},
                },
                {"idempotency_key": key},
"""
SUBSCRIPTION = """"expand": SUBSCRIPTION_PARTS,
                },
                {"idempotency_key": key},
"""
FURTHER = """def _further(snapshot: StripeSubscriptionSnapshot, task: ItemUpdateTask) -> Quantities:
    further = snapshot.quantities
    for seat_type, count in task.after.quantities():
        further = further.plus(seat_type, count - task.before.quantities().of(seat_type))
    return further


def _changed(
"""

GUARDS = (
    Guard(
        "cursor check",
        HANDLED_TWICE | {"nothing deferred"},
        (
            Change("chassis/cursors.py", "return Verdict.DUPLICATE", "return Verdict.DELIVER"),
            Change(
                "chassis/cursors.py",
                'topic}"] = envelope.seq',
                'topic}"] = max(envelope.seq, self.handled.get(f"{envelope.sender}/{topic}", 0))',
            ),
        ),
    ),
    Guard(
        "idempotency key",
        frozenset({"charged once"}),
        tuple(
            Change("services/billing/clients/stripe.py", call, call.replace('{"idempotency_key": key}', "{}"))
            for call in (CUSTOMER, SUBSCRIPTION)
        ),
        favors=("an_opening_that_fails",),
    ),
    Guard(
        "paid before Active",
        frozenset({"active <= purchased"}),
        (
            Change(
                "services/seats/domain/ledger.py",
                "paid = min(paid, self.purchase.after.of(seat_type))",
                "paid = max(paid, self.purchase.after.of(seat_type))",
            ),
        ),
        favors=("a_burst_of_logins", "an_edit_that_nobody_reports"),
    ),
    Guard(
        "row lock",
        HANDLED_TWICE | LOST | {"numbers without a gap"},
        (Change("chassis/cursors.py", "ORDER BY agency_id FOR UPDATE", "ORDER BY agency_id"),),
    ),
    Guard(
        "outbox",
        LOST,
        (
            Change(
                "chassis/relay.py",
                "    acknowledged = await publish(",
                """    await db.execute("DELETE FROM unsent WHERE id = ANY($1)", [row["id"] for row in rows])
    acknowledged = await publish(""",
            ),
        ),
    ),
    Guard(
        "acknowledged before forgotten",
        LOST,
        (
            Change(
                "chassis/relay.py",
                "taken = [row.id for row, answer in zip(rows, answers, strict=True) if answer is True]",
                "taken = [row.id for row, _ in zip(rows, answers, strict=True)]",
            ),
        ),
    ),
    Guard(
        "gap healing",
        LOST | {"no gap is left"},
        (
            Change(
                "hosting/gaps.py",
                "await self._retrying(self._resend if request.ranges else self._hurry, request)",
                "pass",
            ),
        ),
    ),
    Guard(
        "refused records wait",
        LOST | {"nothing refused", "no gap is left"},
        (
            Change(
                "chassis/refused_records.py",
                'dropped = [row["id"] for row, _ in refused if not row["seq"]]',
                'dropped = [row["id"] for row, _ in refused]',
            ),
        ),
        favors=("records_too_large",),
    ),
    Guard(
        "causal delivery",
        frozenset({"no spurious rejection"}),
        (Change("chassis/cursors.py", "return Verdict.AHEAD", "return Verdict.DELIVER"),),
        favors=("an_agency_without_a_baa",),
    ),
    Guard(
        "taken up to the last",
        LOST,
        (Change("chassis/inbox.py", "run.defer_rest() | run.moved & not_looked_at", "run.defer_rest()"),),
        favors=("a_fault_of_ours",),
    ),
    Guard(
        "absolute figures",
        frozenset({"charged once"}),
        (
            Change(
                "services/billing/item_update.py",
                "item_changes(snapshot.item_ids, task.after.quantities(), prices),",
                "item_changes(snapshot.item_ids, _further(snapshot, task), prices),",
            ),
            Change("services/billing/item_update.py", "def _changed(\n", FURTHER),
            Change(
                "services/billing/domain/stale_check.py",
                "    if snapshot.operation == str(operation_id):\n        return Applied()\n",
                "",
            ),
            Change(
                "services/billing/domain/stale_check.py", "if snapshot.quantities != before or is_other", "if is_other"
            ),
        ),
        favors=("a_burst_of_logins", "stripe_is_silent"),
    ),
    Guard(
        "nothing changes while owing",
        frozenset({"no credit for unpaid time"}),
        (
            Change(
                "services/billing/domain/debt.py",
                'return owes or snapshot.status == "past_due" or not snapshot.is_charged',
                "return not snapshot.is_charged",
            ),
        ),
        favors=("an_unpaid_invoice", "an_unpaid_renewal"),
    ),
    Guard(
        "paid before over",
        frozenset({"over only when nothing is owed"}),
        (
            Change(
                "services/seats/domain/card_fixed.py",
                "if ledger.paused is None or ledger.owed is not None or",
                "if ledger.paused is None or",
            ),
        ),
        favors=("an_unpaid_invoice", "a_burst_of_logins"),
    ),
    Guard(
        "pacing",
        frozenset({"purchases are paced"}),
        (
            Change(
                "services/seats/domain/pacing.py",
                "return max(now, ended[-1] + (LONG_GAP if recent >= QUICK else GAP))",
                "return now if recent else now",
            ),
        ),
        favors=("a_burst_of_logins", "a_used_up_day"),
    ),
    Guard(
        "bounded waits",
        frozenset({"nobody waits past the bound"}),
        (
            Change(
                "services/seats/domain/wait_ends.py",
                "END_AFTER = timedelta(hours=24)",
                "END_AFTER = timedelta(hours=48)",
            ),
        ),
        favors=("a_day_of_silence",),
    ),
    Guard(
        "paid before counted",
        frozenset({"no seat on an unpaid invoice"}),
        (
            Change(
                "services/billing/publish_changes.py",
                "if is_raised(agency.awaited, snapshot):",
                "if is_raised(None, snapshot):",
            ),
        ),
        favors=("a_change_while_one_awaits_its_payment", "stripe_refuses"),
    ),
    Guard(
        "quote basis",
        frozenset({"charged as quoted"}),
        (
            Change(
                "services/billing/domain/stale_check.py",
                "is_other = terms is not None and quote_basis_of(snapshot, pending) != terms.basis",
                "is_other = False",
            ),
        ),
        favors=("an_old_quote",),
    ),
    Guard(
        "undone when not paid",
        frozenset({"paid or unsettled"}),
        (
            Change(
                "services/billing/domain/awaited_payment.py",
                "        case InvoiceState.VOID | InvoiceState.UNCOLLECTIBLE:\n            return Lapsed()",
                "        case InvoiceState.VOID | InvoiceState.UNCOLLECTIBLE:\n            return Paid()",
            ),
        ),
        favors=("a_change_while_one_awaits_its_payment", "a_payment_to_confirm"),
    ),
    Guard(
        "overwritten edits",
        frozenset({"overwritten edits are reported"}),
        (
            Change(
                "services/billing/operations/stripe_news.py",
                "    if edited is None:\n        return\n",
                "    if edited is None or edited.base:\n        return\n",
            ),
        ),
        favors=("an_edit_between_reading_and_writing",),
    ),
    Guard(
        "planned end",
        frozenset({"planned ends are known"}),
        (Change("services/billing/domain/scheduled_end.py", "    at = end_of(snapshot)\n", "    at = known\n"),),
        favors=("an_end_is_planned", "the_subscription_ends"),
    ),
    *GUARDS_OF_ADMINS,
)
