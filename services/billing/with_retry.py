"""Run the calls of a task, and turn a failed call into the task's result or into a later attempt.

An attempt may end anywhere. The next one continues from there: it reads at Stripe what was done, or Stripe replays its
answer under the same idempotency key.
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
"""The call under this key is over, and Stripe will never repeat it: read what it did, then use the next key."""
_ALL_KEYS_USED: Final = Wait("stripe_fault", unknown=True)


async def with_retry(
    calls: Awaitable[BaseModel | None],
    attempt: Attempt,
    rng: Random,
    rejected: Callable[[Reject], BaseModel],
    *,
    report_timeout: bool = False,
    meaning: Callable[[Outcome], Reject | Wait] = what_next,
) -> Done | Retry:
    """Await the calls. Done with their value, or with `rejected` of a final failure; Retry after any other failure.

    Calls that return None have used every key of this attempt, and are retried. `report_timeout`: after ten minutes of
    retries the task's `on_result` is given a StripeTimeout, so that the admins get a mail.
    """
    try:
        value = await calls
    except StripeFailedError as failed:
        match meaning(failed.outcome):
            case Reject() as rejection:
                if rejection.ours:
                    log_for_operator(attempt, failed.outcome)
                return Done(rejected(rejection))
            case Wait() as wait:
                return _retry(wait, attempt, rng, report_timeout=report_timeout)
            case never:
                assert_never(never)
    return Done(value) if value is not None else _retry(_ALL_KEYS_USED, attempt, rng, report_timeout=report_timeout)


def log_for_operator(attempt: Attempt, outcome: Outcome) -> None:
    """Log a call that Stripe does not accept: a bug of ours, or a wrong configuration."""
    reason, stripe_code = type(outcome).__name__, outcome.code if isinstance(outcome, Misused) else None
    log.error("billing.call_not_accepted", operation_id=str(attempt.id), reason=reason, stripe_code=stripe_code)


def _retry(wait: Wait, attempt: Attempt, rng: Random, *, report_timeout: bool) -> Retry:
    if wait.ours:
        log.error("billing.stripe_key_rejected", operation_id=str(attempt.id))
    is_timeout = report_timeout and is_due_to_notify(attempt.since, attempt.now)
    return Retry(
        wait.reason,
        # Up to a half longer, so that many agencies do not come back in the same second.
        after=None if wait.seconds is None else wait.seconds * (1 + rng.random() / 2),
        unknown=wait.unknown,
        progress=StripeTimeout(since=attempt.since) if is_timeout else None,
    )
