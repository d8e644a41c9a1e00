"""A change is sent only if the subscription still is what the command started from; a change of our own is never stale.

The command's id is noted on the subscription by the very update that sets the quantities, so a later reader knows
whose change it sees, also when the answer was lost and however long ago that was. A change at a quote's price is sent
only if all that the quote was made for is as it was.

While Stripe charges nothing for a subscription (`unpaid`, `incomplete`, `paused`) it is sent nothing: its invoices stay
drafts, and the seats would be there without ever being paid.
Source: Stripe's documentation, "Subscription statuses".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from contracts.vocabulary import Quantities
from services.billing.domain.quote import Terms
from services.billing.domain.quote_basis import quote_basis_of
from services.billing.domain.snapshots import Pending, StripeSubscriptionSnapshot


@dataclass(frozen=True, slots=True)
class Send:
    """The quantities are those of the command's `before`: send the update."""


@dataclass(frozen=True, slots=True)
class Applied:
    """This command's own update is there already; only its answer was lost."""


@dataclass(frozen=True, slots=True)
class Stale:
    """Somebody else changed the quantities, or something that the quote was made for; nothing is sent."""

    actual: Quantities


@dataclass(frozen=True, slots=True)
class Unusable:
    """The subscription has ended, or lacks one of its two items: nothing can be bought on it."""

    actual: Quantities


@dataclass(frozen=True, slots=True)
class Unpaid:
    """Stripe charges nothing for it until what is owed is paid."""

    actual: Quantities


def stale_check(
    operation_id: UUID,
    before: Quantities,
    snapshot: StripeSubscriptionSnapshot,
    pending: Iterable[Pending] = (),
    terms: Terms | None = None,
) -> Send | Applied | Stale | Unusable | Unpaid:
    """What is to be done about a command, now that the subscription (and, for a quote, what waits) has been read."""
    if snapshot.operation == str(operation_id):
        return Applied()
    if not snapshot.is_usable:
        return Unusable(snapshot.quantities)
    if snapshot.quantities != before or (terms is not None and quote_basis_of(snapshot, pending) != terms.basis):
        return Stale(snapshot.quantities)
    return Send() if snapshot.is_charged else Unpaid(snapshot.quantities)
