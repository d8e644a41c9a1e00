"""A preview is shown only if it was reckoned from the very state that was read beside it.

Both are asked for at once, so somebody may have edited the subscription between them: then the unused time credited is
not that of the quantities read, or other prorations are taken along than those read, and both are asked for again.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.billing.domain.snapshots import Pending, Preview, StripeLineSnapshot, StripeSubscriptionSnapshot


def own_lines(preview: Preview, pending: Iterable[Pending]) -> tuple[StripeLineSnapshot, ...]:
    """The lines that the change itself makes, without those that it takes along."""
    waiting = {one.id for one in pending}
    return tuple(line for line in preview.lines if line.pending not in waiting)


def preview_agrees(preview: Preview, snapshot: StripeSubscriptionSnapshot, pending: Iterable[Pending]) -> bool:
    """False when the preview is of another state. Of one whose lines were cut off, what is there must agree."""
    waiting = {one.id for one in pending}
    taken = {line.pending for line in preview.lines} & waiting
    held = {item.id: item.quantity for item in snapshot.items.values()}
    credited = [line for line in own_lines(preview, pending) if line.is_proration and line.amount < 0]
    return (taken == waiting or not preview.is_whole) and all(
        held.get(line.item or "") == line.quantity for line in credited
    )
