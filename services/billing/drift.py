"""Drift: what changed at Stripe and was never told. Two jobs for the whole account, each a bounded piece at a time.

Each minute Stripe's list of events since the last one seen; each night every subscription, a page a second, with the
place kept after each page, so that whoever leads next goes on from there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import structlog
from prometheus_client import Counter, Gauge

from chassis.actor import LocalCommand
from chassis.external_events import handle_external_events
from chassis.jobs import Job
from chassis.postgres import connection
from chassis.runtime import ActorRuntime
from contracts.vocabulary import STRIPE
from services.billing.clients.stripe import StripeApi, StripeFailedError
from services.billing.domain.drift import Progress, differs
from services.billing.domain.outcome_of import Missing, Misused
from services.billing.handlers_news import want_news
from services.billing.store_drift import accounts_of, known_invoices, load_progress, save_progress

log = structlog.get_logger(__name__)

LISTED = Counter("headcount_stripe_events_found", "Events that were listed at Stripe before their webhook was heard")
SWEPT = Gauge("headcount_sweep_subscriptions", "Subscriptions that the nightly look has looked at")
FOUND = Counter("headcount_sweep_differing", "Subscriptions that the nightly look found otherwise than known")

_PAGE_PAUSE: Final = 1.0
"""Seconds between pages of subscriptions: one call a second of the hundred that Stripe lets in."""
_IDLE: Final = 60.0
_PAGES: Final = 50
"""Pages of events a run: 5,000 events, and then the other job has its turn."""


@dataclass(frozen=True, slots=True)
class Drift:
    """The two jobs; `hour` is that of the night (UTC) from which on all subscriptions are looked at."""

    stripe: StripeApi
    every: float = 60.0
    hour: int = 3

    def jobs(self) -> tuple[Job, ...]:
        """As the chassis runs them."""
        return Job("list_events", self.list_events), Job("sweep", self.sweep)

    async def list_events(self, runtime: ActorRuntime[Any]) -> float:
        """Hear Stripe's events since the last one seen, up to a bound; those heard before are dropped by their ids."""
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
            # Stripe has forgotten the event that we stand at: all subscriptions are looked at instead.
            await _save(runtime, Progress())

    async def sweep(self, runtime: ActorRuntime[Any]) -> float:
        """Look at one page of all subscriptions, when it is night; those that differ are read by their agencies."""
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
                # The subscription at which we stand is gone: from the beginning.
                await _save(runtime, replace(progress, swept_to=None, swept=0))
            return _IDLE
        async with connection(runtime.pool) as db:
            accounts = await accounts_of(db, [one.id for one in listed])
            known = await known_invoices(db, [one.latest_invoice for one in listed if one.latest_invoice])
        differing = [
            accounts[one.id][0]
            for one in listed
            if one.id in accounts and differs(accounts[one.id][1], one, is_invoice_known=one.latest_invoice in known)
        ]
        if differing:
            await runtime.execute([_look(runtime, agency_id) for agency_id in differing])
        last = listed[-1].id if listed else progress.swept_to
        progress = progress.moved(last, len(listed), now, is_last=not more)
        await _save(runtime, replace(progress, last_event=(await _load(runtime)).last_event))
        SWEPT.set(progress.swept)
        FOUND.inc(len(differing))
        log.info(
            "billing.swept", count=progress.swept, agencies=len(differing), status="done" if not more else "going on"
        )
        return _PAGE_PAUSE if more else _IDLE


def _look(runtime: ActorRuntime[Any], agency_id: UUID) -> LocalCommand:
    fresh = runtime.world.new_id()
    return LocalCommand(
        agency_id=agency_id,
        input=None,
        decide=lambda agency, ctx: want_news(agency, ctx),  # noqa: PLW0108  it answers nothing
        actor=STRIPE,
        id=fresh,
        correlation_id=fresh,
    )


async def _load(runtime: ActorRuntime[Any]) -> Progress:
    async with connection(runtime.pool) as db:
        return await load_progress(db)


async def _save(runtime: ActorRuntime[Any], progress: Progress) -> None:
    async with connection(runtime.pool) as db:
        await save_progress(db, progress)
