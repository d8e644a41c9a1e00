"""Several edits of the seats at Stripe in a row make one mail, which also reports the freeze or thaw that follows.

The mail waits for 5 s of quiet, at most 60 s: by then it is known whether the agency is frozen. Edits that cancel each
other out, and froze nothing on the way, make no mail.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contracts.vocabulary import BillingCycle, Quantities
from services.notifier.domain.digest import LONGEST, QUIET


@dataclass(frozen=True, slots=True)
class Plan:
    """The price of the plan a cycle, in the smallest unit of the currency."""

    total: int
    cycle: BillingCycle
    currency: str = "usd"


@dataclass(frozen=True, slots=True)
class ExternalChange:
    """A change at Stripe that is not mailed yet. `id` is the id of its first event, and the cause of its mails.

    `before` is None when only the freeze is known. `active` holds the Active members while the agency is frozen;
    `thawed` is True after a freeze has ended.
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
        """The moment to send the mail, unless the seats change again before."""
        return min(self.last_at + QUIET, self.opened_at + LONGEST)

    def is_due(self, now: datetime) -> bool:
        """Whether the mail must be sent now."""
        return now >= self.due_at

    @property
    def is_reportable(self) -> bool:
        """Whether a mail is due at all: the seats differ, or the agency was frozen or thawed."""
        return self.before != self.after or self.active is not None or self.thawed


def edited(
    pending: ExternalChange | None, cause: UUID, before: Quantities, after: Quantities, plan: Plan, now: datetime
) -> ExternalChange:
    """Add an edit of the quantities, made by the event `cause`."""
    if pending is None:
        return ExternalChange(cause, now, now, before, after, plan)
    return replace(pending, last_at=max(pending.last_at, now), before=pending.before or before, after=after, plan=plan)


def frozen(
    pending: ExternalChange | None, cause: UUID, purchased: Quantities, active: Quantities, now: datetime
) -> ExternalChange:
    """Add a freeze: there are fewer seats than Active members."""
    if pending is None:
        return ExternalChange(cause, now, now, None, purchased, active=active)
    return replace(pending, last_at=max(pending.last_at, now), after=purchased, active=active, thawed=False)


def thawed(pending: ExternalChange | None, now: datetime) -> ExternalChange | None:
    """Add a thaw. None without a pending change: then an admin added the seats here and needs no mail."""
    if pending is None:
        return None
    return replace(pending, last_at=max(pending.last_at, now), active=None, thawed=True)
