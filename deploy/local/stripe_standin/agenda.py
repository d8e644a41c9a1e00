"""The next second at which each subscription and invoice changes by itself."""

from deploy.local.stripe_standin.subscription_parameters import OVER
from deploy.local.stripe_standin.world import Changes, Obj, World

_RENEWING = frozenset({"active", "past_due", "unpaid", "trialing"})


class Agenda:
    """The due times of all subscriptions and invoices."""

    def __init__(self, world: World) -> None:
        self._due: dict[str, int] = {}
        for table in ("subscriptions", "invoices", "discounts"):
            self.on_changes({table: dict(world.table(table))})
        world.listeners.append(self.on_changes)

    def on_changes(self, changes: Changes) -> None:
        """Update the due times of changed objects."""
        for table, moment_of in _MOMENTS.items():
            for key, row in changes.get(table, {}).items():
                moment = None if row is None else moment_of(row)
                if moment is None:
                    self._due.pop(key, None)
                else:
                    self._due[key] = moment

    def next(self) -> int | None:
        """Return the earliest due second, or None."""
        return min(self._due.values(), default=None)

    def at(self, second: int) -> list[str]:
        """Return the ids of the objects that are due at this second."""
        return [key for key, moment in self._due.items() if moment == second]

    def forget(self) -> None:
        """Delete all due times."""
        self._due.clear()


def renewal_of(subscription: Obj) -> int | None:
    """Return the second at which the next period of an item begins."""
    if subscription["status"] not in _RENEWING:
        return None
    return min(int(item["current_period_end"]) for item in subscription["_items"])


def _next_of_subscription(subscription: Obj) -> int | None:
    if subscription["status"] in OVER:
        return None
    pause, waiting = subscription["pause_collection"], subscription["pending_update"]
    moments = [
        renewal_of(subscription),
        subscription["cancel_at"],
        pause and pause["resumes_at"],
        waiting and waiting["expires_at"],
        subscription.get("_expires_at") if subscription["status"] == "incomplete" else None,
    ]
    return min((moment for moment in moments if moment is not None), default=None)


def _next_of_invoice(invoice: Obj) -> int | None:
    match invoice["status"]:
        case "draft":
            step: int | None = invoice["automatically_finalizes_at"]
        case "open":
            overdue_at = invoice["due_date"] if not invoice.get("_overdue") else None
            moments = (invoice["next_payment_attempt"], invoice["_processing_until"], overdue_at)
            step = min((moment for moment in moments if moment is not None), default=None)
        case _:
            step = None
    return step


def _end_of_discount(discount: Obj) -> int | None:
    end: int | None = discount["end"] if not discount.get("_ended") else None
    return end


_MOMENTS = {"subscriptions": _next_of_subscription, "invoices": _next_of_invoice, "discounts": _end_of_discount}
