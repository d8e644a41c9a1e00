"""What subscriptions owe at Stripe, and the changes that we made although a look before them had shown the debt."""

from __future__ import annotations

from typing import Any

from deploy.local.stripe_standin.service import Request
from deploy.local.stripe_standin.world import Obj, World


class Debts:
    """The debts of one process's Stripe."""

    def __init__(self) -> None:
        self._seen: dict[str, frozenset[str]] = {}
        """The invoices that each subscription owed when billing last looked."""
        self._sold: dict[str, tuple[Any, ...]] = {}
        self.changed_while_owing: list[str] = []

    def request(self, world: World, request: Request) -> None:
        """Remember what billing sees, if it looks for open invoices."""
        if request.method == "GET" and request.path == "/v1/invoices" and "status=open" in request.encoded:
            for subscription_id in world.table("subscriptions"):
                if subscription_id in request.encoded:
                    self._seen[subscription_id] = owed(world, subscription_id)

    def subscription(self, world: World, row: Obj, *, ours: bool) -> None:
        """Compare what a subscription sells with what it sold before.

        An invoice that failed since billing looked does not count: Stripe has no compare-and-set.
        """
        key = row["id"]
        now = tuple(sorted((item["price"], item.get("quantity")) for item in row["_items"]))
        before, self._sold[key] = self._sold.get(key), now
        known = owed(world, key) & self._seen.get(key, owed(world, key))
        if ours and before not in {None, now} and known:
            self.changed_while_owing.append(f"{key}: {before} to {now} while {sorted(known)} are unpaid")


def owed(world: World, subscription_id: str) -> frozenset[str]:
    """The open invoices of a subscription past their first attempt."""
    return frozenset(
        key
        for key, invoice in world.table("invoices").items()
        if invoice["status"] == "open" and invoice["attempted"] and _subscription(invoice) == subscription_id
    )


def _subscription(invoice: Obj) -> str | None:
    details = (invoice["parent"] or {}).get("subscription_details") or {}
    found: str | None = details.get("subscription")
    return found
