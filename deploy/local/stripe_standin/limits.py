"""Stripe's limits for one subscription: 10 new invoices a minute and 20 a day, 200 quantity updates an hour."""

from dataclasses import dataclass

from deploy.local.stripe_standin.errors import rate_limited
from deploy.local.stripe_standin.world import Draft, Obj


@dataclass(frozen=True)
class Limit:
    """At most `count` in any `seconds` seconds of the stand-in's clock."""

    count: int
    seconds: int


INVOICES_A_MINUTE = Limit(10, 60)
INVOICES_A_DAY = Limit(20, 86_400)
QUANTITY_UPDATES_AN_HOUR = Limit(200, 3_600)


def count_invoice(draft: Draft, subscription_id: str, *, reject: bool) -> None:
    """Count a new invoice; a 429 at the limit, unless Stripe itself makes the invoice (a renewal)."""
    limits = (INVOICES_A_MINUTE, INVOICES_A_DAY) if reject else ()
    _count(draft, subscription_id, "invoices", limits, INVOICES_A_DAY.seconds, "new invoices")


def count_quantity_update(draft: Draft, subscription_id: str) -> None:
    """Count a change of quantity; a 429 at the limit."""
    limit = QUANTITY_UPDATES_AN_HOUR
    _count(draft, subscription_id, "quantities", (limit,), limit.seconds, "quantity updates")


def _count(
    draft: Draft, subscription_id: str, what: str, limits: tuple[Limit, ...], remembered: int, noun: str
) -> None:
    counts = _counts(draft, subscription_id)
    recent = [second for second in counts[what] if second > draft.now - remembered]
    for limit in limits:
        within = sum(1 for second in recent if second > draft.now - limit.seconds)
        if within >= limit.count:
            message = (
                f"Subscription {subscription_id} has reached the limit of {limit.count} {noun} in {limit.seconds}"
                " seconds. Try again later."
            )
            raise rate_limited(message, "resource-specific")
    counts[what] = [*recent, draft.now]


def _counts(draft: Draft, subscription_id: str) -> Obj:
    if draft.find("counts", subscription_id) is None:
        return draft.add("counts", {"id": subscription_id, "invoices": [], "quantities": []})
    return draft.edit("counts", subscription_id)
