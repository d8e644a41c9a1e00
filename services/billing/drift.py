"""Find changes at Stripe whose webhook never arrived: two jobs for the whole account, in bounded pieces.

One lists Stripe's events every minute. The other compares all subscriptions every night, one page a second, and keeps
its place after each page, so that another process can go on from there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import structlog
from prometheus_client import Counter, Gauge

from chassis.actor import LocalCommand
from chassis.external_events import handle_external_events
from chassis.runtime import ActorRuntime
from contracts.vocabulary import STRIPE
from database.postgres import connection
from hosting.jobs import Job
from services.billing.clients.stripe import StripeApi, StripeFailedError
from services.billing.domain.drift import Progress, differs
from services.billing.domain.outcome_of import Missing, Misused
from services.billing.store_drift import accounts_of, known_invoices, load_progress, save_progress
from services.billing.tasks import request_reading

log = structlog.get_logger(__name__)

LISTED = Counter("headcount_stripe_events_found", "Events that were listed at Stripe before their webhook was handled")
SWEPT = Gauge("headcount_sweep_subscriptions", "Subscriptions that the nightly sweep has compared")
FOUND = Counter("headcount_sweep_differing", "Subscriptions that the nightly sweep found different")

_PAGE_PAUSE: Final = 1.0
"""Seconds between pages of subscriptions: one call a second of the hundred that Stripe allows."""
_IDLE: Final = 60.0
"""Seconds until the sweep's next check of the time."""
_PAGES: Final = 50
"""Pages of events per run: 5,000 events, then the other job may run."""


@dataclass(frozen=True, slots=True)
class Drift:
    """The two jobs; `every`: seconds between event lists; `hour` (UTC): the start of the nightly sweep."""

    stripe: StripeApi
    every: float = 60.0
    hour: int = 3

    def jobs(self) -> tuple[Job, ...]:
        """The jobs as the chassis runs them."""
        return Job("list_events", self.list_events), Job("sweep", self.sweep)

    async def list_events(self, runtime: ActorRuntime[Any]) -> float:
        """Handle Stripe's events since the last one listed, up to a bound; duplicates are dropped by their ids."""
        progress = await _load(runtime)
        try:
            if progress.last_event is None:
                await _save(runtime, replace(progress, last_event=await self.stripe.newest_event()))
                return self.every
            for _ in range(_PAGES):
                events, last, more = await self.stripe.events_after(progress.last_event)
                LISTED.inc(await handle_external_events(runtime, events))
                progress = replace(await _load(runtime), last_event=last)
                await _save(runtime, progress)
                if not more:
                    return self.every
        except StripeFailedError as failed:
            await self._failed(runtime, failed)
        return self.every

    async def _failed(self, runtime: ActorRuntime[Any], failed: StripeFailedError) -> None:
        log.warning("billing.events_not_listed", reason=type(failed.outcome).__name__)
        if isinstance(failed.outcome, Misused | Missing):
            # Stripe has forgotten the last listed event: start again, with a sweep of all subscriptions.
            await _save(runtime, Progress())

    async def sweep(self, runtime: ActorRuntime[Any]) -> float:
        """Compare one page of all subscriptions at night, and have those that differ read."""
        now = runtime.world.clock()
        progress = await _load(runtime)
        if not progress.is_sweeping:
            if not progress.is_due(now, self.hour):
                return _IDLE
            progress = progress.begun(now)
        try:
            listed, more = await self.stripe.subscriptions_after(progress.swept_to)
        except StripeFailedError as failed:
            log.warning("billing.sweep_paused", reason=type(failed.outcome).__name__, count=progress.swept)
            if isinstance(failed.outcome, Misused | Missing):
                # The last subscription that was compared is gone: start again.
                await _save(runtime, replace(progress, swept_to=None, swept=0))
            return _IDLE
        async with connection(runtime.pool) as db:
            accounts = await accounts_of(db, [subscription.customer for subscription in listed])
            latest = [subscription.latest_invoice for subscription in listed if subscription.latest_invoice]
            known = await known_invoices(db, latest)
        differing = []
        for subscription in listed:
            if subscription.customer in accounts:
                agency_id, account = accounts[subscription.customer]
                if differs(account, subscription, is_invoice_known=subscription.latest_invoice in known):
                    differing.append(agency_id)
        if differing:
            await runtime.execute([_request_reading(runtime, agency_id) for agency_id in differing])
        last = listed[-1].id if listed else progress.swept_to
        progress = progress.moved(last, len(listed), now, is_last=not more)
        await _save(runtime, replace(progress, last_event=(await _load(runtime)).last_event))
        SWEPT.set(progress.swept)
        FOUND.inc(len(differing))
        status = "going on" if more else "done"
        log.info("billing.swept", count=progress.swept, agencies=len(differing), status=status)
        return _PAGE_PAUSE if more else _IDLE


def _request_reading(runtime: ActorRuntime[Any], agency_id: UUID) -> LocalCommand:
    command_id = runtime.world.new_id()
    return LocalCommand(
        agency_id=agency_id,
        input=None,
        decide=lambda agency, ctx: request_reading(agency, ctx),  # noqa: PLW0108  a decision has two arguments
        actor=STRIPE,
        id=command_id,
        correlation_id=command_id,
    )


async def _load(runtime: ActorRuntime[Any]) -> Progress:
    async with connection(runtime.pool) as db:
        return await load_progress(db)


async def _save(runtime: ActorRuntime[Any], progress: Progress) -> None:
    async with connection(runtime.pool) as db:
        await save_progress(db, progress)
