"""News of Stripe's: what its events hint at is read, never copied."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random

from chassis.actor import Again, Attempt, Done
from services.billing.clients.stripe import StripeApi
from services.billing.domain.plan import has_one_period
from services.billing.domain.seen import SeenSubscription
from services.billing.incidents import Incident, report
from services.billing.performers.trying import tried
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
        return await tried(self._read(attempt), attempt, self.chance, lambda _: NewsUnread())

    async def _read(self, attempt: Attempt) -> NewsRead:
        task: ReadNews = attempt.payload
        seen, invoices, pending = await asyncio.gather(
            self.stripe.subscription(task.subscription_id),
            asyncio.gather(*(self.stripe.invoice(one) for one in task.invoices)),
            self._pending(task),
        )
        seen = await self._living(task, seen)
        if not has_one_period(seen):
            report(Incident.PERIODS_DIFFER, attempt.agency_id)
        found = {one.id: one for one in invoices if one is not None}
        if seen.latest_invoice is not None:
            found[seen.latest_invoice.id] = seen.latest_invoice
        taken_by = await self._taken_by(task, pending)
        if taken_by is not None and taken_by not in found and (took := await self.stripe.invoice(taken_by)) is not None:
            found[took.id] = took
        return NewsRead(
            version=task.version,
            seen=seen,
            invoices=tuple(found.values()),
            asked=task.invoices,
            pending=pending,
            taken_by=taken_by,
        )

    async def _living(self, task: ReadNews, seen: SeenSubscription) -> SeenSubscription:
        """Of a customer whose subscription has ended, the one that the operator has made instead, if it is whole."""
        if not seen.is_over or seen.customer.is_deleted:
            return seen
        other = await self.stripe.subscription_of(task.customer_id)
        return other if other is not None and other.is_usable else seen

    async def _pending(self, task: ReadNews) -> tuple[str, ...]:
        """What waits for an invoice; not asked where we know of nothing."""
        if not task.left:
            return ()
        return tuple(one.id for one in await self.stripe.pending_of(task.customer_id, task.subscription_id))

    async def _taken_by(self, task: ReadNews, pending: tuple[str, ...]) -> str | None:
        """The invoice that has taken what waited, if one has."""
        gone = next((one for one in task.left if one not in pending), None)
        return await self.stripe.invoice_of_item(gone) if gone is not None else None
