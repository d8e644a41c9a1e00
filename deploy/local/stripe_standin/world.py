"""The stand-in's state, and drafts of it: a change is made in a draft, which is committed as a whole or dropped.

So a 402 changes nothing, and a preview is the change itself, dropped afterwards. Objects have Stripe's shape; fields
with a leading underscore are private and never leave the stand-in.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from deploy.local.stripe_standin.clock import Clock
from deploy.local.stripe_standin.errors import StripeError
from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.journal import Journal

API_VERSION = "2026-08-26.dahlia"

Obj = dict[str, Any]
# Objects by table and id; None for a deleted object.
Changes = dict[str, dict[str, Obj | None]]

# The nouns of Stripe's "No such …", by table.
NOUNS = {
    "customers": "customer",
    "payment_methods": "PaymentMethod",
    "products": "product",
    "prices": "price",
    "subscriptions": "subscription",
    "invoices": "invoice",
    "events": "event",
    "portal_configurations": "configuration",
    "method_configurations": "payment method configuration",
    "invoice_items": "invoiceitem",
    "coupons": "coupon",
    "tax_rates": "tax_rate",
    "credit_notes": "credit_note",
    "refunds": "refund",
    "charges": "charge",
    "payment_intents": "payment_intent",
    "disputes": "dispute",
    "schedules": "subscription schedule",
}


def copy_of(thing: Obj) -> Obj:
    """Return a copy that shares nothing."""
    copied: Obj = orjson.loads(orjson.dumps(thing))
    return copied


class World:
    """All tables, the clock, and the journal that stores them."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self.clock = clock
        self._journal = journal
        self._tables: dict[str, dict[str, Obj]] = journal.open()
        kept = self.table("settings").get("clock")
        if kept is not None and clock.stands_at is None:
            clock.ahead = kept["ahead"]
            clock.stands_at = kept["stands_at"]
        # Called with every committed change: by the agenda of due changes, and by the webhooks.
        self.listeners: list[Callable[[Changes], None]] = []

    def table(self, name: str) -> dict[str, Obj]:
        """Return a table, oldest object first."""
        return self._tables.setdefault(name, {})

    def put(self, changes: Changes) -> None:
        """Apply changes, store them in the journal, and notify the listeners."""
        self._journal.append(changes)
        for name, rows in changes.items():
            held = self.table(name)
            for key, row in rows.items():
                if row is None:
                    held.pop(key, None)
                else:
                    held[key] = row
        for listener in self.listeners:
            listener(changes)

    def keep_clock(self) -> None:
        """Store how far the clock was moved."""
        self.put({"settings": {"clock": {"ahead": self.clock.ahead, "stands_at": self.clock.stands_at}}})

    def forget(self) -> None:
        """Delete all objects; the clock is left unchanged."""
        self._journal.forget()
        self._tables.clear()
        self.keep_clock()

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()


@dataclass(frozen=True)
class Origin:
    """The request that caused a change; a change by time or by the dashboard has none."""

    request_id: str | None = None
    idempotency_key: str | None = None


def _no_fault(_: bool) -> StripeError | None:  # noqa: FBT001 - as `charge_fault`
    return None


@dataclass
class Draft:
    """An uncommitted change: reads through the draft see it, the world does not until it is committed.

    `charge_fault` is called once for each attempted charge, with whether a change of a subscription makes it, and
    returns the error of a fault that strikes it.
    """

    world: World
    now: int
    origin: Origin = field(default_factory=Origin)
    charge_fault: Callable[[bool], StripeError | None] = _no_fault
    changes: Changes = field(default_factory=dict)

    def find(self, table: str, key: str) -> Obj | None:
        """Return an object for reading, or None; the caller must not change it."""
        changed = self.changes.get(table, {})
        return changed[key] if key in changed else self.world.table(table).get(key)

    def get(self, table: str, key: str, *, param: str = "id", in_path: bool = False) -> Obj:
        """Return an object for reading; Stripe's `resource_missing` if it is missing or deleted."""
        row = self.find(table, key)
        if row is None or row.get("deleted"):
            noun = NOUNS.get(table, table)
            raise StripeError(404 if in_path else 400, f"No such {noun}: '{key}'", code="resource_missing", param=param)
        return row

    def edit(self, table: str, key: str) -> Obj:
        """Return an object for changing."""
        changed = self.changes.setdefault(table, {})
        held = changed.get(key)
        if held is None:
            held = copy_of(self.world.table(table)[key])
            changed[key] = held
        return held

    def add(self, table: str, thing: Obj) -> Obj:
        """Add an object, or replace it."""
        self.changes.setdefault(table, {})[thing["id"]] = thing
        return thing

    def remove(self, table: str, key: str) -> None:
        """Delete an object."""
        self.changes.setdefault(table, {})[key] = None

    def every(self, table: str) -> Iterator[Obj]:
        """Return all objects of a table, oldest first."""
        changed = self.changes.get(table, {})
        for key, held in self.world.table(table).items():
            current = changed.get(key, held)
            if current is not None:
                yield current
        for key, fresh in changed.items():
            if fresh is not None and key not in self.world.table(table):
                yield fresh

    def emit(self, kind: str, snapshot: Obj, previous: Obj | None = None) -> None:
        """Add an event with the object's current state; `previous` holds the former values of changed fields."""
        data: Obj = {"object": snapshot}
        if previous is not None:
            data["previous_attributes"] = previous
        request = {"id": self.origin.request_id, "idempotency_key": self.origin.idempotency_key}
        event = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now,
            "data": data,
            "livemode": False,
            "pending_webhooks": 1,
            "request": request,
            "type": kind,
        }
        self.add("events", event)

    def emit_update(self, kind: str, before: Obj, after: Obj) -> None:
        """Add an event of an update with the former values of changed fields; no event if nothing changed."""
        previous = {name: before.get(name) for name, value in after.items() if before.get(name) != value}
        if previous:
            self.emit(kind, copy_of(after), previous)

    def commit(self, beside: Changes | None = None) -> None:
        """Apply the draft to the world, together with the changes in `beside`."""
        self.world.put({**self.changes, **(beside or {})})
