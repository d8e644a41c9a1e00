"""Send a change only if the subscription is still what the command started from; our own change is never stale.

The update that sets the quantities also writes the operation's id into the subscription's metadata. So a later reader
recognizes its own change, even if Stripe's answer was lost. A change at a quote's price is sent only if the state that
the quote is for has not changed.

Nothing is sent while the subscription owes (`debt.py`), nor while Stripe charges nothing for it: an `unpaid` or
`incomplete` one's invoices stay drafts, and a `paused` one has none, so the seats would never be paid.
Source: Stripe's documentation, "Subscription statuses".

A reduction for the renewal is not sent once the renewal has come, or is at another moment: seats that are billed for a
new period would be taken away without a credit.

Nothing is sent either while a schedule manages the items: Stripe refuses every other change of them. And Auto-Add buys
nothing on account, where Stripe sends invoices, or none, instead of charging a card: its 200 would be no payment.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from contracts.vocabulary import Quantities
from services.billing.domain.debt import is_behind
from services.billing.domain.plan import renews_at
from services.billing.domain.quote import Terms
from services.billing.domain.quote_basis import quote_basis_of
from services.billing.domain.snapshots import PendingProration, StripeSubscriptionSnapshot


@dataclass(frozen=True, slots=True)
class Send:
    """Send the update: the quantities are the command's `before`."""


@dataclass(frozen=True, slots=True)
class Applied:
    """Send nothing: the update was made, and only its answer was lost."""


@dataclass(frozen=True, slots=True)
class Stale:
    """Send nothing: somebody else has changed the quantities, or another part of the state that the quote is for."""

    actual: Quantities


@dataclass(frozen=True, slots=True)
class Unusable:
    """Send nothing: the subscription has ended."""

    actual: Quantities


@dataclass(frozen=True, slots=True)
class Unpaid:
    """Send nothing: the subscription owes, or Stripe charges nothing for it."""

    actual: Quantities


@dataclass(frozen=True, slots=True)
class BeingPaid:
    """Send nothing: the bank is still paying an invoice, and the change would credit its time."""

    actual: Quantities


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Send nothing: a schedule at Stripe manages the items."""

    actual: Quantities


@dataclass(frozen=True, slots=True)
class Paused:
    """Send nothing: Stripe makes no invoice until somebody resumes the subscription."""

    actual: Quantities


@dataclass(frozen=True, slots=True)
class OnAccount:
    """Send nothing for Auto-Add: Stripe would charge no card for the seats."""

    actual: Quantities


_BEFORE_RENEWAL: Final = timedelta(minutes=1)
"""Stripe's clock may be ahead of ours, and an update takes some seconds."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """The renewal `at` a moment for which a change is, and the time now."""

    at: datetime
    now: datetime

    def has_come_or_moved(self, snapshot: StripeSubscriptionSnapshot) -> bool:
        """Whether this renewal is not ahead any more."""
        return self.now >= self.at - _BEFORE_RENEWAL or not snapshot.items or renews_at(snapshot) != self.at


def stale_check(
    operation_id: UUID,
    before: Quantities,
    snapshot: StripeSubscriptionSnapshot,
    pending: Iterable[PendingProration] = (),
    terms: Terms | None = None,
    *,
    owes: bool = False,
    credits_unpaid: bool = False,
    renewal: Renewal | None = None,
) -> Send | Applied | Stale | Unusable | Unpaid | BeingPaid | Scheduled | Paused | OnAccount:
    """Decide from the subscription, from what it `owes` and, with `terms`, from the pending prorations.

    `credits_unpaid`: the bank is still paying an invoice, and the change would credit its time. `renewal` is the one
    that a scheduled reduction is for.
    """
    if snapshot.operation == str(operation_id):
        return Applied()
    why_not = _why_not(before, snapshot, pending, terms, renewal, owes=owes)
    return why_not or (BeingPaid(snapshot.quantities) if credits_unpaid else Send())


def _why_not(  # noqa: PLR0911  one line a reason
    before: Quantities,
    snapshot: StripeSubscriptionSnapshot,
    pending: Iterable[PendingProration],
    terms: Terms | None,
    renewal: Renewal | None,
    *,
    owes: bool,
) -> Stale | Unusable | Unpaid | Scheduled | Paused | OnAccount | None:
    if snapshot.is_over:
        return Unusable(snapshot.quantities)
    if snapshot.is_paused and not owes:
        return Paused(snapshot.quantities)
    if is_behind(snapshot, owes=owes):
        return Unpaid(snapshot.quantities)
    is_other = terms is not None and quote_basis_of(snapshot, pending) != terms.basis
    is_late = renewal is not None and renewal.has_come_or_moved(snapshot)
    if snapshot.quantities != before or is_other or is_late:
        return Stale(snapshot.quantities)
    if snapshot.is_scheduled:
        return Scheduled(snapshot.quantities)
    if terms is None and renewal is None and snapshot.is_on_account:
        return OnAccount(snapshot.quantities)
    return None
