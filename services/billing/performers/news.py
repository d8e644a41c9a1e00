"""News of Stripe's: what its events hint at is read, never copied."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random

from chassis.actor import Attempt, Done, Retry
from services.billing.clients.stripe import StripeApi
from services.billing.domain.plan import has_one_period
from services.billing.domain.snapshots import StripeSubscriptionSnapshot
from services.billing.incidents import Incident, report
from services.billing.performers.with_retry import with_retry
from services.billing.tasks import NewsRead, NewsUnread, ReadNews


async def gathered(attempt: Attempt) -> Done:
    """Nothing to call: the events about a card have had time to come."""
    return Done(attempt.payload)


@dataclass(slots=True)
class NewsPerformer:
    """Reads the subscription, with its customer and latest invoice, and the invoices that events named."""

    stripe: StripeApi
    rng: Random

    async def __call__(self, attempt: Attempt) -> Done | Retry:
        """Done with `NewsRead`; Again until Stripe answers; `NewsUnread` when it never will."""
        return await with_retry(self._read(attempt), attempt, self.rng, lambda _: NewsUnread())

    async def _read(self, attempt: Attempt) -> NewsRead:
        task: ReadNews = attempt.payload
        snapshot, invoices, pending = await asyncio.gather(
            self.stripe.subscription(task.subscription_id),
            asyncio.gather(*(self.stripe.invoice(one) for one in task.invoices)),
            self._pending(task),
        )
        snapshot = await self._living(task, snapshot)
        if not has_one_period(snapshot):
            report(Incident.PERIODS_DIFFER, attempt.agency_id)
        found = {one.id: one for one in invoices if one is not None}
        if snapshot.latest_invoice is not None:
            found[snapshot.latest_invoice.id] = snapshot.latest_invoice
        taken_by = await self._taken_by(task, pending)
        if taken_by is not None and taken_by not in found and (took := await self.stripe.invoice(taken_by)) is not None:
            found[took.id] = took
        return NewsRead(
            version=task.version,
            snapshot=snapshot,
            invoices=tuple(found.values()),
            asked=task.invoices,
            pending=pending,
            taken_by=taken_by,
        )

    async def _living(self, task: ReadNews, snapshot: StripeSubscriptionSnapshot) -> StripeSubscriptionSnapshot:
        """Of a customer whose subscription has ended, the one that the operator has made instead, if it is whole."""
        if not snapshot.is_over or snapshot.customer.is_deleted:
            return snapshot
        other = await self.stripe.subscription_of(task.customer_id)
        return other if other is not None and other.is_usable else snapshot

    async def _pending(self, task: ReadNews) -> tuple[str, ...]:
        """What waits for an invoice; not asked where we know of nothing."""
        if not task.left:
            return ()
        return tuple(one.id for one in await self.stripe.pending_of(task.customer_id, task.subscription_id))

    async def _taken_by(self, task: ReadNews, pending: tuple[str, ...]) -> str | None:
        """The invoice that has taken what waited, if one has."""
        gone = next((one for one in task.left if one not in pending), None)
        return await self.stripe.invoice_of_item(gone) if gone is not None else None
