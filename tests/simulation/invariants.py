"""The invariants that hold at every moment, checked after every commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.simulation.stripe import StripeSide
from tests.simulation.system import System


class Violation(AssertionError):  # noqa: N818  a violation is the finding of a seed, not an error of the program
    """A violated invariant; `name` is the invariant's name."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name


class Watch:
    """Checks every agency after a step."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._had_admin: set[str] = set()

    async def check(self) -> None:
        """Raise a Violation if an invariant does not hold."""
        stripe = self._system.stripe
        edited = {change.subscription for change in stripe.changes_made if change.operation is None}
        for row in await self._system.db.fetch(_LEDGERS):
            self._holders_are_counted(row)
            self._seats_are_paid(row, stripe)
            agency = str(row["agency_id"])
            if row["admins"]:
                self._had_admin.add(agency)
            elif agency in self._had_admin:
                raise Violation("one admin", f"{agency} has no Active admin any more")
            self._no_seat_on_an_unpaid_invoice(row, edited)
        for change in stripe.debts.changed_while_owing:
            raise Violation("no credit for unpaid time", change)
        _each_agency_is_one_customer(stripe)

    def _no_seat_on_an_unpaid_invoice(self, row: Any, edited: set[str]) -> None:  # noqa: ANN401  asyncpg's record
        """Check that seats of a change whose invoice is not paid yet do not count, whatever quantities Stripe has."""
        if row["before_base"] is None or row["subscription_id"] in edited:
            return
        for kind in ("base", "voice"):
            before, after, counted = row[f"before_{kind}"], row[f"after_{kind}"], row[f"purchased_{kind}"]
            if before < after <= counted:
                raise Violation(
                    "no seat on an unpaid invoice", f"{row['agency_id']}: {counted} {kind}, and {before} are paid"
                )

    def _holders_are_counted(self, row: Any) -> None:  # noqa: ANN401  asyncpg's record
        for kind in ("base", "voice"):
            if row[f"holds_{kind}"] != row[f"active_{kind}"]:
                raise Violation(
                    "every holder counted", f"{row['agency_id']}: {row[f'holds_{kind}']} hold a {kind} seat,"
                    f" {row[f'active_{kind}']} are counted",
                )  # fmt: skip

    def _seats_are_paid(self, row: Any, stripe: StripeSide) -> None:  # noqa: ANN401  asyncpg's record
        subscription = row["subscription_id"]
        if subscription is None or row["gone"] is not None or subscription in stripe.lowered:
            return
        for kind, at_stripe in zip(("base", "voice"), stripe.quantities(subscription), strict=True):
            active, purchased = row[f"active_{kind}"], row[f"purchased_{kind}"]
            if row[f"purchase_after_{kind}"] is not None:
                purchased = min(purchased, row[f"purchase_after_{kind}"])
            if active > purchased:
                raise Violation("active <= purchased", f"{row['agency_id']}: {active} > {purchased} {kind}")
            if purchased > at_stripe:
                raise Violation("purchased <= Stripe's", f"{row['agency_id']}: {purchased} > {at_stripe} {kind}")


def _each_agency_is_one_customer(stripe: StripeSide) -> None:
    customers: dict[str, list[str]] = {}
    for subscription in stripe.subscriptions():
        if subscription["status"] != "canceled":
            made_for = stripe.world.table("customers")[subscription["customer"]]["metadata"]["agency_id"]
            customers.setdefault(made_for, []).append(subscription["id"])
    for agency, subscriptions in customers.items():
        if len(subscriptions) > 1:
            raise Violation("charged once", f"{agency} has {len(subscriptions)} subscriptions")
    customer_counts = Counter(
        customer["metadata"]["agency_id"]
        for customer in stripe.world.table("customers").values()
        if not customer.get("deleted")
    )
    for agency, count in customer_counts.items():
        if count > 1:
            raise Violation("charged once", f"{agency} is {count} customers")


def differences(left: dict[Any, Any], right: dict[Any, Any]) -> Iterator[str]:
    """Yield the keys at which two mappings differ, with both values."""
    for key in sorted({*left, *right}, key=str):
        if left.get(key) != right.get(key):
            yield f"{key}: {left.get(key)} / {right.get(key)}"


_LEDGERS = """
SELECT l.agency_id, l.gone, l.active_base, l.active_voice, l.purchased_base, l.purchased_voice,
       l.purchase_after_base, l.purchase_after_voice, a.subscription_id,
       o.before_base, o.before_voice, o.after_base, o.after_voice,
       (SELECT count(*) FROM seats.holders h WHERE h.agency_id = l.agency_id AND h.seat_type = 'base') AS holds_base,
       (SELECT count(*) FROM seats.holders h WHERE h.agency_id = l.agency_id AND h.seat_type = 'voice') AS holds_voice,
       (SELECT count(*) FROM members.members m
        WHERE m.agency_id = l.agency_id AND m.role = 'admin' AND m.status = 'active') AS admins
FROM seats.ledgers l LEFT JOIN billing.accounts a USING (agency_id)
LEFT JOIN billing.operations o
    ON o.agency_id = l.agency_id AND o.state = 'awaits_payment' AND o.kind = 'set_quantities'
"""
"""Each ledger, once for each change of its seats that waits for its payment."""
