"""Changes of a subscription at Stripe, as values: each is one kind of the mail `StripeNotice`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.vocabulary import BillingCycle, Quantities


@dataclass(frozen=True, slots=True)
class EditOverwritten:
    """Quantities that somebody set at Stripe while a change of ours was made, which replaced them with `after`."""

    edited: Quantities
    after: Quantities
    kind: Literal["edit_overwritten"] = "edit_overwritten"


@dataclass(frozen=True, slots=True)
class Repriced:
    """A price or a billing cycle that somebody changed at Stripe; the totals are cents a cycle."""

    total_before: int | None
    cycle_before: BillingCycle | None
    total: int
    cycle: BillingCycle
    currency: str = "usd"
    kind: Literal["repriced"] = "repriced"


@dataclass(frozen=True, slots=True)
class End:
    """The scheduled end of a subscription: set, taken back, or only seven days away."""

    at: datetime
    what: Literal["scheduled", "taken_back", "near"]
    kind: Literal["end"] = "end"


@dataclass(frozen=True, slots=True)
class DisputeLost:
    """A lost dispute of an invoice's payment; `amount` in cents."""

    number: str | None
    amount: int
    currency: str = "usd"
    kind: Literal["dispute_lost"] = "dispute_lost"


StripeNews = EditOverwritten | Repriced | End | DisputeLost
"""Every piece of news."""
