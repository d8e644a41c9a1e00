"""The charge of a cycle switch may differ from its quote by what its credits lose in the quote's ten minutes.

A switch starts a new period at the second in which it is made, and Stripe accepts no `proration_date` for it. So each
credit for unused time gets a little smaller each second until the switch, and so does the tax that it gives back. The
credits are those of the preview: Stripe credits what was debited, at that time's quantity, discount and tax, and the
subscription may have others by now. Of more than ten lines, Stripe shows no preview's further ones, and the credits are
perhaps all among them: they are taken for those of what the subscription costs now, each rounded by a cent.
Source: Stripe's documentation, "Prorations" and "Set the subscription billing renewal date".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from services.billing.domain.quote import LIVES
from services.billing.domain.snapshots import StripeLineSnapshot, StripeSubscriptionSnapshot

MOST_LINES: Final = 250
"""Stripe's bound of an invoice's items. Source: its changelog, 2016-02-22."""


def may_differ(lines: Iterable[StripeLineSnapshot]) -> int:
    """The largest difference in cents, of a preview's own lines: each credit and its tax for a quote's lifetime."""
    return sum(_lost(line) for line in lines if line.is_proration and line.net < 0)


def hidden_may_differ(snapshot: StripeSubscriptionSnapshot) -> int:
    """The largest difference in cents of the lines that a preview does not show, for a quote's lifetime."""
    tax = snapshot.recurring.tax if snapshot.recurring is not None else 0
    total = snapshot.list_total(snapshot.quantities) + tax
    length = min((item.period_end - item.period_start for item in snapshot.items.values()), default=1)
    return -(-total * int(LIVES.total_seconds()) // max(1, length)) + MOST_LINES


def _lost(line: StripeLineSnapshot) -> int:
    """The cents that a credit loses, rounded up, and the same share of its tax with a cent for the tax's rounding."""
    seconds, length = int(LIVES.total_seconds()), max(1, line.period_end - line.period_start)
    lost = min(-line.net, -(line.net * seconds // length))
    return lost if line.tax >= 0 else lost + 1 - line.tax * lost // -line.net
