"""The charge of a cycle switch may differ from its quote by what its credits lose in the quote's ten minutes.

A switch starts a new period at the second in which it is made, and Stripe accepts no `proration_date` for it. So each
credit for unused time gets a little smaller each second until the switch, and so does the tax that it gives back. The
credits are those of the preview: Stripe credits what was debited, at that time's quantity, discount and tax, and the
subscription may have others by now.
Source: Stripe's documentation, "Prorations" and "Set the subscription billing renewal date".
"""

from __future__ import annotations

from collections.abc import Iterable

from services.billing.domain.quote import LIVES
from services.billing.domain.snapshots import StripeLineSnapshot


def may_differ(lines: Iterable[StripeLineSnapshot]) -> int:
    """The largest difference in cents, of a preview's own lines: each credit and its tax for a quote's lifetime."""
    return sum(_lost(line) for line in lines if line.is_proration and line.net < 0)


def _lost(line: StripeLineSnapshot) -> int:
    """The cents that a credit loses, rounded up, and the same share of its tax with a cent for the tax's rounding."""
    seconds, length = int(LIVES.total_seconds()), max(1, line.period_end - line.period_start)
    lost = min(-line.net, -(line.net * seconds // length))
    return lost if line.tax >= 0 else lost + 1 - line.tax * lost // -line.net
