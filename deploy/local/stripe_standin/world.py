"""What the stand-in holds, and drafts of it: a change is made in a draft, and is either taken over whole or dropped.

That is how a 402 changes nothing, and how a preview is the very change that is previewed, thrown away.
Objects are kept in Stripe's shape; names with a leading underscore are the stand-in's own and never leave it.
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
# Objects by table and id; None for one that is gone.
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
    "invoice_items": "invoiceitem",
}


def copy_of(thing: Obj) -> Obj:
    """Return a copy that shares nothing."""
    copied: Obj = orjson.loads(orjson.dumps(thing))
    return copied


class World:
    """All tables, their clock, and the journal that keeps them."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self.clock = clock
        self._journal = journal
        self._tables: dict[str, dict[str, Obj]] = journal.open()
        kept = self.table("settings").get("clock")
        if kept is not None and clock.stands_at is None:
            clock.ahead = kept["ahead"]
            clock.stands_at = kept["stands_at"]
        # Told of every change that was taken over: what is due by itself, and the webhooks, listen here.
        self.heard: list[Callable[[Changes], None]] = []

    def table(self, name: str) -> dict[str, Obj]:
        """Return a table, oldest object first."""
        return self._tables.setdefault(name, {})

    def put(self, changes: Changes) -> None:
        """Take changes over and keep them."""
        self._journal.append(changes)
        for name, rows in changes.items():
            held = self.table(name)
            for key, row in rows.items():
                if row is None:
                    held.pop(key, None)
                else:
                    held[key] = row
        for listener in self.heard:
            listener(changes)

    def keep_clock(self) -> None:
        """Remember how far the clock was moved."""
        self.put({"settings": {"clock": {"ahead": self.clock.ahead, "stands_at": self.clock.stands_at}}})

    def forget(self) -> None:
        """Drop everything held; the clock stays where it is."""
        self._journal.forget()
        self._tables.clear()
        self.keep_clock()

    def close(self) -> None:
        """Let go of the journal."""
        self._journal.close()


@dataclass(frozen=True)
class Origin:
    """Which request a change comes from; a change by time or by the dashboard has no idempotency key."""

    request_id: str | None = None
    idempotency_key: str | None = None


def _no_fault() -> StripeError | None:
    return None


@dataclass
class Draft:
    """A change under way: reads see it, the world does not until it is taken over.

    `charge_fault` is asked once for each charge attempted, and answers the decline that was ordered for it, if any.
    """

    world: World
    now: int
    origin: Origin = field(default_factory=Origin)
    charge_fault: Callable[[], StripeError | None] = _no_fault
    changes: Changes = field(default_factory=dict)

    def find(self, table: str, key: str) -> Obj | None:
        """Return an object to be read, or None; what comes back must not be changed."""
        changed = self.changes.get(table, {})
        return changed[key] if key in changed else self.world.table(table).get(key)

    def get(self, table: str, key: str, *, param: str = "id", in_path: bool = False) -> Obj:
        """Return an object to be read; where there is none (or it is deleted), Stripe's `resource_missing`."""
        found = self.find(table, key)
        if found is None or found.get("deleted"):
            noun = NOUNS.get(table, table)
            raise StripeError(404 if in_path else 400, f"No such {noun}: '{key}'", code="resource_missing", param=param)
        return found

    def edit(self, table: str, key: str) -> Obj:
        """Return an object to be changed."""
        changed = self.changes.setdefault(table, {})
        held = changed.get(key)
        if held is None:
            held = copy_of(self.world.table(table)[key])
            changed[key] = held
        return held

    def add(self, table: str, thing: Obj) -> Obj:
        """Put a new object (or a new state of one) into the draft."""
        self.changes.setdefault(table, {})[thing["id"]] = thing
        return thing

    def remove(self, table: str, key: str) -> None:
        """Take an object out."""
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

    def say(self, kind: str, snapshot: Obj, previous: Obj | None = None) -> None:
        """Record an event with the object as it is now; `previous` holds the former values of what changed."""
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

    def say_update(self, kind: str, before: Obj, after: Obj) -> None:
        """Record an update with the former values of what changed; where nothing changed, nothing is said."""
        previous = {name: before.get(name) for name, value in after.items() if before.get(name) != value}
        if previous:
            self.say(kind, copy_of(after), previous)

    def take_over(self, beside: Changes | None = None) -> None:
        """Make the change the world's, together with what must be kept in the same breath (the remembered answer)."""
        self.world.put({**self.changes, **(beside or {})})
