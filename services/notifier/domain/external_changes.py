"""Seats that somebody changed at Stripe are told with what became of it, and once: several edits in a row are one mail.

The mail waits for 5 s of quiet, at most 60 s, so that it knows whether the agency is frozen by then. Edits that cancel
each other out, and changed nothing on the way, are no news.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contracts.vocabulary import BillingCycle, Quantities
from services.notifier.domain.digest import LONGEST, QUIET


@dataclass(frozen=True, slots=True)
class Plan:
    """What the agency pays: cents a cycle."""

    total: int
    cycle: BillingCycle


@dataclass(frozen=True, slots=True)
class ExternalChange:
    """A change at Stripe that is still to be told. `id` is the event that opened it: the cause of its mails.

    `before` is None when only the freeze was heard of. `active`: frozen, with so many Active. `thawed`: no longer.
    """

    id: UUID
    opened_at: datetime
    last_at: datetime
    before: Quantities | None
    after: Quantities
    plan: Plan | None = None
    active: Quantities | None = None
    thawed: bool = False

    @property
    def due_at(self) -> datetime:
        """When it is to be told, if nothing more happens before."""
        return min(self.last_at + QUIET, self.opened_at + LONGEST)

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be told now."""
        return now >= self.due_at

    @property
    def is_news(self) -> bool:
        """Whether there is anything to tell."""
        return self.before != self.after or self.active is not None or self.thawed


def edited(
    pending: ExternalChange | None, cause: UUID, before: Quantities, after: Quantities, plan: Plan, now: datetime
) -> ExternalChange:
    """Somebody changed the quantities."""
    if pending is None:
        return ExternalChange(cause, now, now, before, after, plan)
    return replace(pending, last_at=max(pending.last_at, now), before=pending.before or before, after=after, plan=plan)


def frozen(
    pending: ExternalChange | None, cause: UUID, purchased: Quantities, active: Quantities, now: datetime
) -> ExternalChange:
    """There are fewer seats than are Active."""
    if pending is None:
        return ExternalChange(cause, now, now, None, purchased, active=active)
    return replace(pending, last_at=max(pending.last_at, now), after=purchased, active=active, thawed=False)


def thawed(pending: ExternalChange | None, now: datetime) -> ExternalChange | None:
    """There are enough seats again. Where no change is to be told, an admin did it here and knows."""
    if pending is None:
        return None
    return replace(pending, last_at=max(pending.last_at, now), active=None, thawed=True)
