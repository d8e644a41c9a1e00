"""Changes that time causes: periods renew, drafts of renewals are finalised, failed cards are retried."""

from deploy.local.stripe_standin import cancellation, cards, invoices, invoicing, subscriptions
from deploy.local.stripe_standin.changes import renew_item
from deploy.local.stripe_standin.pending import assign_pending, pending_lines
from deploy.local.stripe_standin.render import Address, Renderer
from deploy.local.stripe_standin.world import Changes, Draft, Obj, World

_LIVE = frozenset({"active", "past_due", "unpaid"})


class Agenda:
    """The next second at which each subscription and invoice changes by itself."""

    def __init__(self, world: World) -> None:
        self._due: dict[str, int] = {}
        for table in ("subscriptions", "invoices"):
            self.on_changes({table: dict(world.table(table))})
        world.listeners.append(self.on_changes)

    def on_changes(self, changes: Changes) -> None:
        """Update the due times of changed objects."""
        for table, moment_of in (("subscriptions", _renewal_of), ("invoices", _next_step_of)):
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


def _renewal_of(subscription: Obj) -> int | None:
    if subscription["status"] not in _LIVE:
        return None
    return min(int(item["current_period_end"]) for item in subscription["_items"])


def _next_step_of(invoice: Obj) -> int | None:
    match invoice["status"]:
        case "draft":
            step: int | None = invoice["automatically_finalizes_at"]
        case "open":
            step = invoice["next_payment_attempt"]
        case _:
            step = None
    return step


def catch_up(world: World, agenda: Agenda, address: Address) -> None:
    """Process everything that is due by now, in order, each change dated at its due second."""
    while (due := agenda.next()) is not None and due <= world.clock.now():
        draft = Draft(world, due)
        renderer = Renderer(draft, address)
        for key in agenda.at(due):
            invoice = world.table("invoices").get(key)
            if invoice is None:
                _renew(draft, renderer, key)
            elif invoice["status"] == "draft":
                _finalize(draft, renderer, key)
            else:
                _collect(draft, renderer, draft.edit("invoices", key))
        draft.commit()


def _renew(draft: Draft, renderer: Renderer, subscription_id: str) -> None:
    before = renderer.show(draft.get("subscriptions", subscription_id))
    subscription = draft.edit("subscriptions", subscription_id)
    ending = [item for item in subscription["_items"] if item["current_period_end"] == draft.now]
    start = ending[0]["current_period_start"]
    if subscription["cancel_at_period_end"]:
        cancellation.end_with_period(draft, renderer, subscription, start)
        return
    lines = [*pending_lines(draft, subscription_id), *(renew_item(draft, item) for item in ending)]
    occasion = invoicing.Occasion("subscription_cycle", start, draft.now, automatic=True)
    customer = draft.get("customers", subscription["customer"])
    invoice = invoicing.new_invoice(draft, customer, subscription, lines, occasion)
    assign_pending(draft, subscription_id, invoice)
    subscription["latest_invoice"] = invoice["id"]
    draft.emit("invoice.created", renderer.show(invoice))
    draft.emit_update("customer.subscription.updated", before, renderer.show(subscription))


def _finalize(draft: Draft, renderer: Renderer, invoice_id: str) -> None:
    invoice = invoicing.finalize(draft, renderer, invoice_id)
    if invoice["status"] == "open":
        _collect(draft, renderer, invoice)
    else:
        invoices.recover_subscription(draft, renderer, invoice)


def _collect(draft: Draft, renderer: Renderer, invoice: Obj) -> None:
    owner = subscriptions.subscription_of(invoice)
    held = draft.find("subscriptions", owner) if owner else None
    customer = draft.get("customers", invoice["customer"])
    failure = invoicing.collect(draft, renderer, invoice, cards.card_that_pays(customer, held))
    if failure is None:
        invoices.recover_subscription(draft, renderer, invoice)
        return
    if invoice["next_payment_attempt"] is not None and invoice["next_payment_attempt"] <= draft.now:
        # Without a card no attempt is counted, and none is planned.
        invoice["next_payment_attempt"] = None
    if held is not None and held["status"] == "active":
        before = renderer.show(held)
        subscription = draft.edit("subscriptions", held["id"])
        subscription["status"] = "past_due"
        draft.emit_update("customer.subscription.updated", before, renderer.show(subscription))
