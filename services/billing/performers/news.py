"""News of Stripe's: what its events hint at is read, never copied."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random
from typing import assert_never

from chassis.actor import Again, Attempt, Done
from services.billing.clients.stripe import StripeApi, StripeFailedError
from services.billing.domain.plan import has_one_period
from services.billing.domain.what_next import Refuse, Wait, what_next
from services.billing.incidents import Incident, report
from services.billing.performers.trying import again, tell_operator
from services.billing.tasks import NewsRead, NewsUnread, ReadNews


async def gathered(attempt: Attempt) -> Done:
    """Nothing to call: the events about a card have had time to come."""
    return Done(attempt.payload)


@dataclass(slots=True)
class NewsPerformer:
    """Reads the subscription, with its customer and latest invoice, and the invoices that events named."""

    stripe: StripeApi
    chance: Random

    async def __call__(self, attempt: Attempt) -> Done | Again:
        """Done with `NewsRead`; Again until Stripe answers; `NewsUnread` when it never will."""
        task: ReadNews = attempt.payload
        try:
            seen, invoices = await asyncio.gather(
                self.stripe.subscription(task.subscription_id),
                asyncio.gather(*(self.stripe.invoice(one) for one in task.invoices)),
            )
        except StripeFailedError as failed:
            match what_next(failed.outcome):
                case Refuse():
                    tell_operator(attempt, failed.outcome)
                    return Done(NewsUnread())
                case Wait() as wait:
                    return again(wait, attempt, self.chance, tell=False)
                case never:
                    assert_never(never)
        if not has_one_period(seen):
            report(Incident.PERIODS_DIFFER, attempt.agency_id)
        found = {one.id: one for one in invoices if one is not None}
        if seen.latest_invoice is not None:
            found[seen.latest_invoice.id] = seen.latest_invoice
        return Done(
            NewsRead(version=task.version, seen=seen, invoices=tuple(found.values()), asked=task.invoices),
        )
