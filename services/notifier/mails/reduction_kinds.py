"""The mail about a reduction that waited for the renewal: less than scheduled is reduced, it was made, or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.reduction_wording import is_short
from contracts.vocabulary import BillingCycle, Quantities, RejectionCode

Stage = Literal["near", "made", "missed"]


@dataclass(frozen=True, slots=True)
class ScheduledReduction:
    """What becomes of the reduction at the renewal `at`: `base` and `voice` were scheduled, `after` is left.

    `new_total` is the plan's price per cycle from the renewal on, if the seats were reduced. `code` is why they were
    not, of a reduction that was missed.
    """

    agency: str
    stage: Stage
    at: datetime
    base: int | None
    voice: int | None
    before: Quantities
    after: Quantities
    active: Quantities
    new_total: int | None = None
    cycle: BillingCycle = BillingCycle.MONTHLY
    currency: str = "usd"
    code: RejectionCode | None = None
    template: Literal["scheduled_reduction"] = "scheduled_reduction"

    @property
    def is_short(self) -> bool:
        """Whether more seats are left than scheduled."""
        return is_short(self.after, self.base, self.voice)

    @property
    def is_nothing(self) -> bool:
        """Whether no seat was taken away."""
        return self.before == self.after
