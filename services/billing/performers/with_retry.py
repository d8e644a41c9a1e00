"""What a failed call to Stripe means for the task that made it.

Whatever interrupts a performance, it can be taken up again: what was done before is found by reading it at Stripe, or
is replayed by Stripe under the same idempotency key.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random
from typing import Final, assert_never

import structlog
from pydantic import BaseModel

from chassis.actor import Attempt, Done, Retry
from services.billing.clients.stripe import StripeFailedError
from services.billing.domain.outcome_of import KeptFault, KeyMismatch, Misused, Outcome
from services.billing.domain.stripe_timeout import is_due_to_notify
from services.billing.domain.what_next import Reject, Wait, what_next
from services.billing.tasks import StripeTimeout

log = structlog.get_logger(__name__)

OVER: Final = (KeptFault, KeyMismatch)
"""That call is over and will never be repeated by Stripe: look what it did, then use the next key."""
_CALLS_OVER: Final = Wait("stripe_fault", unknown=True)
"""Every key of this try is over."""


async def with_retry(
    calls: Awaitable[BaseModel | None],
    attempt: Attempt,
    rng: Random,
    refused: Callable[[Reject], BaseModel],
    *,
    tell: bool = False,
    meaning: Callable[[Outcome], Reject | Wait] = what_next,
) -> Done | Retry:
    """Make the calls. Done with their value, or with what `refused` makes of a "no"; Again otherwise.

    No value: every key of this try is over. `tell`: after ten minutes of trying the admins are to hear of it.
    """
    try:
        value = await calls
    except StripeFailedError as failed:
        match meaning(failed.outcome):
            case Reject() as no:
                if no.ours:
                    log_for_operator(attempt, failed.outcome)
                return Done(refused(no))
            case Wait() as wait:
                return _again(wait, attempt, rng, tell=tell)
            case never:
                assert_never(never)
    return Done(value) if value is not None else _again(_CALLS_OVER, attempt, rng, tell=tell)


def log_for_operator(attempt: Attempt, outcome: Outcome) -> None:
    """Log a call that Stripe does not accept: a bug of ours, or a wrong configuration."""
    reason, stripe_code = type(outcome).__name__, outcome.code if isinstance(outcome, Misused) else None
    log.error("billing.call_not_accepted", operation_id=str(attempt.id), reason=reason, stripe_code=stripe_code)


def _again(wait: Wait, attempt: Attempt, rng: Random, *, tell: bool) -> Retry:
    if wait.ours:
        log.error("billing.stripe_key_refused", operation_id=str(attempt.id))
    return Retry(
        wait.reason,
        # Up to a half longer, so that many agencies do not come back in the same second.
        after=None if wait.seconds is None else wait.seconds * (1 + rng.random() / 2),
        unknown=wait.unknown,
        progress=StripeTimeout(since=attempt.since) if tell and is_due_to_notify(attempt.since, attempt.now) else None,
    )
