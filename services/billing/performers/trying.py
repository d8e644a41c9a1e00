"""What a failed call to Stripe means for the task that made it.

Whatever interrupts a performance, it can be taken up again: what was done before is found by reading it at Stripe, or
is replayed by Stripe under the same idempotency key.
"""

from __future__ import annotations

from random import Random
from typing import Final

import structlog

from chassis.actor import Again, Attempt
from services.billing.domain.outcome_of import KeptFault, KeyMismatch, Misused, Outcome
from services.billing.domain.silence import is_to_be_told
from services.billing.domain.what_next import Wait
from services.billing.tasks import Silent

log = structlog.get_logger(__name__)

OVER: Final = (KeptFault, KeyMismatch)
"""That call is over and will never be repeated by Stripe: look what it did, then use the next key."""
CALLS_OVER: Final = Wait("stripe_fault", unknown=True)
"""Every key of this try is over."""


def tell_operator(attempt: Attempt, outcome: Outcome) -> None:
    """Log a call that Stripe does not accept: a bug of ours, or a wrong configuration."""
    reason, stripe_code = type(outcome).__name__, outcome.code if isinstance(outcome, Misused) else None
    log.error("billing.call_not_accepted", operation_id=str(attempt.id), reason=reason, stripe_code=stripe_code)


def again(wait: Wait, attempt: Attempt, chance: Random, *, tell: bool) -> Again:
    """Try again; `tell`: after ten minutes the admins are to hear of it."""
    if wait.ours:
        log.error("billing.stripe_key_refused", operation_id=str(attempt.id))
    return Again(
        wait.reason,
        # Up to a half longer, so that many agencies do not come back in the same second.
        after=None if wait.seconds is None else wait.seconds * (1 + chance.random() / 2),
        unknown=wait.unknown,
        note=Silent(since=attempt.since) if tell and is_to_be_told(attempt.since, attempt.now) else None,
    )
