"""The ends of an invoice other than a payment: void, uncollectible (still payable), and overdue."""

from deploy.local.stripe_standin import balances
from deploy.local.stripe_standin.errors import invalid
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.world import Draft, Obj

PAYABLE = frozenset({"open", "uncollectible"})


def void(draft: Draft, renderer: Renderer, invoice: Obj) -> None:
    """Void a finalised invoice, which is no longer owed then; it gives back what it took from the balance."""
    if invoice["status"] not in PAYABLE:
        raise invalid(f"You can only pass in open invoices. This invoice isn't open: it is {invoice['status']}.")
    invoice["status"] = "void"
    invoice["status_transitions"]["voided_at"] = draft.now
    stop(invoice)
    taken = invoice["starting_balance"] - (invoice["ending_balance"] or 0)
    if taken:
        balances.move(draft, renderer, invoice["customer"], taken, "unapplied_from_invoice", because_of=invoice)
    draft.emit("invoice.voided", renderer.show(invoice))


def mark_uncollectible(draft: Draft, renderer: Renderer, invoice: Obj) -> None:
    """Write an open invoice off. It can still be paid ("Invoice states"; dj-stripe/dj-stripe#1870)."""
    if invoice["status"] != "open":
        raise invalid(f"You can only pass in open invoices. This invoice isn't open: it is {invoice['status']}.")
    invoice["status"] = "uncollectible"
    invoice["status_transitions"]["marked_uncollectible_at"] = draft.now
    stop(invoice)
    draft.emit("invoice.marked_uncollectible", renderer.show(invoice))


def stop(invoice: Obj) -> None:
    """Stop the automatic collection."""
    invoice["auto_advance"] = False
    invoice["next_payment_attempt"] = None
