"""Deleting a customer ends all of its subscriptions at once, as Stripe does."""

from deploy.local.stripe_standin import customers, subscriptions
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.world import Draft, Obj


def delete_customer(draft: Draft, renderer: Renderer, customer_id: str) -> Obj:
    """DELETE /v1/customers/{id}."""
    snapshot = renderer.show(draft.get("customers", customer_id, in_path=True))
    for held in list(draft.every("subscriptions")):
        if held["customer"] == customer_id and held["status"] != "canceled":
            subscriptions.end(draft, renderer, draft.edit("subscriptions", held["id"]), "cancellation_requested")
    draft.say("customer.deleted", snapshot)
    return renderer.show(customers.delete(draft, customer_id))
