"""Disputes: the cardholder's bank takes a payment back, and the bank decides later. The invoice stays paid.

[Disputes; How disputes work]
"""

from deploy.local.stripe_standin import payments
from deploy.local.stripe_standin.errors import invalid
from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.parameters import Text, TimeFilter, listing
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.world import Draft, Obj

LIST = listing(charge=Text(), payment_intent=Text(), created=TimeFilter())
OUTCOMES = ("lost", "won")
_ANSWER_SECONDS = 14 * 86_400


def open_dispute(draft: Draft, renderer: Renderer, invoice_id: str) -> Obj:
    """Let the cardholder dispute the payment of an invoice."""
    invoice = draft.get("invoices", invoice_id)
    charge = payments.charge_of(draft, invoice)
    if charge is None:
        raise invalid("No charge paid this invoice.", param="invoice")
    charge["disputed"] = True
    dispute = draft.add("disputes", _dispute(draft, charge))
    draft.emit("charge.dispute.created", renderer.show(dispute))
    draft.emit("charge.dispute.funds_withdrawn", renderer.show(dispute))
    return renderer.show(dispute)


def close(draft: Draft, renderer: Renderer, dispute_id: str, outcome: str) -> Obj:
    """Let the bank decide: the money stays with the cardholder (`lost`), or comes back (`won`), also after a loss.

    [Types of events: `charge.dispute.funds_reinstated`, "after a dispute is closed"]
    """
    draft.get("disputes", dispute_id, in_path=True)
    dispute = draft.edit("disputes", dispute_id)
    if dispute["status"] in {outcome, "won"}:
        raise invalid("This dispute is already closed.")
    dispute["status"] = outcome
    if outcome == "won":
        draft.emit("charge.dispute.funds_reinstated", renderer.show(dispute))
    draft.emit("charge.dispute.closed", renderer.show(dispute))
    return renderer.show(dispute)


def _dispute(draft: Draft, charge: Obj) -> Obj:
    return {
        "id": new_id("dp"),
        "object": "dispute",
        "amount": charge["amount"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": draft.now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": draft.now + _ANSWER_SECONDS,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": "fraudulent",
        "status": "needs_response",
    }
