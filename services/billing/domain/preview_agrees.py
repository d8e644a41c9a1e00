"""A preview is shown only if Stripe calculated it from the state that was read beside it.

Both are requested at once, so somebody may edit the subscription between them. Then the preview credits the unused time
of other quantities, or includes other pending prorations than those that were read, and both are requested again.

Other quantities are not always an edit: in flexible billing mode Stripe credits what was debited, and a change made
with `proration_behavior=none` debited nothing. So the second preview counts if the state was the same before, beside
and after it. Source: Stripe's documentation, "Prorations: Credit prorations".
"""

from __future__ import annotations

from collections.abc import Iterable

from services.billing.domain.snapshots import PendingProration, Preview, StripeLineSnapshot, StripeSubscriptionSnapshot


def own_lines(preview: Preview, pending: Iterable[PendingProration]) -> tuple[StripeLineSnapshot, ...]:
    """The lines of the change itself, without those of pending prorations."""
    waiting = {proration.id for proration in pending}
    return tuple(line for line in preview.lines if line.pending not in waiting)


def preview_agrees(preview: Preview, snapshot: StripeSubscriptionSnapshot, pending: Iterable[PendingProration]) -> bool:
    """False when the preview may be of another state. If Stripe cut off its lines, the others must agree."""
    held: dict[str, int | None] = {item.id: item.quantity for item in snapshot.others}
    held |= {item.id: item.quantity for item in snapshot.items.values()}
    credited = [line for line in own_lines(preview, pending) if line.is_proration and line.amount < 0]
    return takes_along(preview, pending) and all(held.get(line.item or "") == line.quantity for line in credited)


def takes_along(preview: Preview, pending: Iterable[PendingProration]) -> bool:
    """True when the preview includes all of these pending prorations, as far as Stripe shows its lines.

    A charge by hand may be on it or not: Stripe decides which invoice takes what names no item of the subscription.
    """
    waiting = {proration.id for proration in pending if proration.item is not None}
    return billed_ids(preview) >= waiting or not preview.is_whole


def billed_ids(preview: Preview) -> set[str | None]:
    """The ids of the pending items that the preview shows among its lines."""
    return {line.pending for line in preview.lines}
