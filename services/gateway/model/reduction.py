"""A reduction that waits for the renewal, as pages and the API show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contracts.vocabulary import Quantities


@dataclass(frozen=True, slots=True)
class ScheduledReduction:
    """The counts at the renewal `at`; None for a seat type that is not reduced."""

    at: datetime
    base: int | None
    voice: int | None

    def after(self, purchased: Quantities) -> Quantities:
        """The counts that it leaves of these, if nobody else becomes Active."""
        base = purchased.base if self.base is None else min(self.base, purchased.base)
        voice = purchased.voice if self.voice is None else min(self.voice, purchased.voice)
        return Quantities(base, voice)


@dataclass(frozen=True, slots=True)
class ReductionChange:
    """What is scheduled from now on; None for nothing."""

    now: ScheduledReduction | None
