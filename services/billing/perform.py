"""How billing's tasks are performed: the calls to Stripe, outside of any transaction, each under its operation's key.

Whatever interrupts a performance, it can be taken up again: what was done before is found by reading it at Stripe, or
is replayed by Stripe under the same idempotency key.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Final, assert_never

import structlog

from chassis.actor import Again, Attempt, Done
from chassis.sealing import Sealing
from contracts.message import Invoice, Seats
from contracts.vocabulary import BillingCycle, Refusal, SeatType
from services.billing.catalogue import Catalogue
from services.billing.clients.stripe import StripeApi, StripeFailedError
from services.billing.domain.attempt_key import is_forgotten, keys_of_change, keys_of_creation
from services.billing.domain.invoice_of import invoice_of_answer, invoice_of_operation
from services.billing.domain.outcome_of import KeptFault, KeyMismatch, Misused, Outcome
from services.billing.domain.seen import SeenInvoice, SeenSubscription
from services.billing.domain.silence import is_to_be_told
from services.billing.domain.stale_check import Applied, Send, Stale, Unusable, stale_check
from services.billing.domain.what_next import Refuse, Wait, what_next, what_next_of_opening
from services.billing.tasks import (
    NotOpened,
    OpenAccountTask,
    Opened,
    OpenPortalTask,
    PortalClosed,
    PortalReady,
    QuantitiesChanged,
    QuantitiesKept,
    SetQuantitiesTask,
    Silent,
)

log = structlog.get_logger(__name__)

_OVER: Final = (KeptFault, KeyMismatch)
"""That call is over and will never be repeated by Stripe: look what it did, then use the next key."""
_PORTAL_TRIES: Final = 3
_PORTAL_PATIENCE: Final = 10.0
"""Seconds that somebody who clicked waits for one try."""
_PORTAL_PAUSE: Final = 0.5


async def gathered(attempt: Attempt) -> Done:
    """Nothing to call: the events about a card have had time to come."""
    return Done(attempt.payload)


@dataclass(slots=True)
class SetQuantitiesPerformer:
    """Sets both quantities in one update."""

    stripe: StripeApi
    chance: Random

    async def __call__(self, attempt: Attempt) -> Done | Again:
        """Done with `QuantitiesChanged` or `QuantitiesKept`; Again (with `Silent`, after a while) until then."""
        try:
            value = await self._settle(attempt, attempt.payload)
        except StripeFailedError as failed:
            match what_next(failed.outcome):
                case Refuse(code, decline_code, ours):
                    if ours:
                        _tell_operator(attempt, failed.outcome)
                    return Done(QuantitiesKept(code=code, decline_code=decline_code))
                case Wait() as wait:
                    return again(wait, attempt, self.chance, tell=True)
                case never:
                    assert_never(never)
        return Done(value) if value is not None else again(_CALLS_OVER, attempt, self.chance, tell=True)

    async def _settle(self, attempt: Attempt, task: SetQuantitiesTask) -> QuantitiesChanged | QuantitiesKept | None:
        for key in keys_of_change(attempt.id, attempt.tries):
            seen = await self.stripe.subscription(task.subscription_id)
            match stale_check(attempt.id, task.before.quantities(), seen):
                case Applied():
                    invoices = await self.stripe.invoices_of(seen.id)
                    return _changed(task, seen, invoice_of_operation(attempt.id, invoices))
                case Stale(actual):
                    return QuantitiesKept(code=Refusal.STALE, actual=Seats.of(actual))
                case Unusable(actual):
                    log.error("billing.subscription_unusable", operation_id=str(attempt.id), status=seen.status)
                    return QuantitiesKept(code=Refusal.BILLING_UNAVAILABLE, actual=Seats.of(actual))
                case Send():
                    pass
                case never:
                    assert_never(never)
            try:
                changed = await self.stripe.set_quantities(
                    subscription=seen,
                    quantities=task.after.quantities(),
                    operation_id=str(attempt.id),
                    key=key,
                )
            except StripeFailedError as failed:
                if isinstance(failed.outcome, _OVER):
                    continue
                raise
            newest_before = seen.latest_invoice.id if seen.latest_invoice else None
            return _changed(task, changed, invoice_of_answer(changed.latest_invoice, newest_before))
        return None


@dataclass(slots=True)
class OpenAccountPerformer:
    """Makes customer, card and subscription; when it cannot, it leaves nothing that bills."""

    stripe: StripeApi
    catalogue: Catalogue
    chance: Random

    async def __call__(self, attempt: Attempt) -> Done | Again:
        """Done with `Opened` or `NotOpened`; Again until then."""
        try:
            value = await self._open(attempt, attempt.payload)
        except StripeFailedError as failed:
            match what_next_of_opening(failed.outcome):
                case Refuse(code, decline_code, ours):
                    if ours:
                        _tell_operator(attempt, failed.outcome)
                    return Done(NotOpened(code=code, decline_code=decline_code))
                case Wait() as wait:
                    return again(wait, attempt, self.chance, tell=False)
                case never:
                    assert_never(never)
        return Done(value)

    async def _open(self, attempt: Attempt, task: OpenAccountTask) -> Opened | NotOpened:
        operation = str(attempt.id)
        if is_forgotten(attempt.since, attempt.now):
            # No replay any more: what is there counts, and a half-made account is taken back.
            customer_id = await self.stripe.customer_of(task.email, operation)
            found = await self.stripe.subscription_of(customer_id) if customer_id else None
            if customer_id is not None and found is not None:
                return _opened(customer_id, found)
            if customer_id is not None:
                await self.stripe.delete_customer(customer_id)
            return NotOpened(code=Refusal.BILLING_UNAVAILABLE)
        prices = await self._price_ids(task.cycle)
        if prices is None:
            log.error("billing.catalogue_missing", operation_id=operation)
            return NotOpened(code=Refusal.BILLING_UNAVAILABLE)
        customer_id = await self._customer(attempt, task)
        if customer_id is None:
            return NotOpened(code=Refusal.BILLING_UNAVAILABLE)
        try:
            made = await self._subscription(attempt, task, customer_id, prices)
        except StripeFailedError as failed:
            if isinstance(what_next_of_opening(failed.outcome), Refuse):
                await self.stripe.delete_customer(customer_id)
            raise
        if made is None:
            await self.stripe.delete_customer(customer_id)
            return NotOpened(code=Refusal.BILLING_UNAVAILABLE)
        return _opened(customer_id, made)

    async def _price_ids(self, cycle: BillingCycle) -> dict[SeatType, str] | None:
        wanted = {seat_type: self.catalogue.offer(seat_type).lookup_key(cycle) for seat_type in SeatType}
        held = await self.stripe.prices(list(wanted.values()))
        if any(key not in held for key in wanted.values()):
            return None
        return {seat_type: held[key].id for seat_type, key in wanted.items()}

    async def _customer(self, attempt: Attempt, task: OpenAccountTask) -> str | None:
        for key in keys_of_creation(attempt.id, "customer"):
            try:
                return await self.stripe.create_customer(
                    name=task.name,
                    email=task.email,
                    payment_method=task.payment_method,
                    agency_id=str(attempt.agency_id),
                    operation_id=str(attempt.id),
                    key=key,
                )
            except StripeFailedError as failed:
                if not isinstance(failed.outcome, _OVER):
                    raise
                found = await self.stripe.customer_of(task.email, str(attempt.id))
                if found is not None:
                    return found
        return None

    async def _subscription(
        self,
        attempt: Attempt,
        task: OpenAccountTask,
        customer_id: str,
        price_ids: dict[SeatType, str],
    ) -> SeenSubscription | None:
        for key in keys_of_creation(attempt.id, "subscription"):
            try:
                return await self.stripe.create_subscription(
                    customer_id=customer_id,
                    price_ids=price_ids,
                    quantities=task.seats.quantities(),
                    operation_id=str(attempt.id),
                    key=key,
                )
            except StripeFailedError as failed:
                if not isinstance(failed.outcome, _OVER):
                    raise
                found = await self.stripe.subscription_of(customer_id)
                if found is not None:
                    return found
        return None


@dataclass(slots=True)
class OpenPortalPerformer:
    """Makes a session of the hosted portal; a person is waiting, so it gives up soon."""

    stripe: StripeApi
    sealing: Sealing
    return_url: str
    _configuration: str | None = field(default=None, init=False)

    async def __call__(self, attempt: Attempt) -> Done | Again:
        """Done with `PortalReady`, or with `PortalClosed` after a few tries."""
        try:
            async with asyncio.timeout(_PORTAL_PATIENCE):
                return Done(PortalReady(sealed=self.sealing.seal({"url": await self._url(attempt.payload)})))
        except StripeFailedError as failed:
            # Somebody may have archived the configuration: it is looked up anew.
            self._configuration = None
            reason = type(failed.outcome).__name__
        except TimeoutError:
            reason = "no_answer"
        if attempt.tries + 1 < _PORTAL_TRIES:
            return Again(reason, after=_PORTAL_PAUSE)
        log.warning("billing.portal_closed", task_id=str(attempt.id), reason=reason)
        return Done(PortalClosed())

    async def _url(self, task: OpenPortalTask) -> str:
        if self._configuration is None:
            found = await self.stripe.portal_configuration()
            self._configuration = found or await self.stripe.create_portal_configuration()
        return await self.stripe.open_portal(
            customer_id=task.customer_id,
            configuration=self._configuration,
            return_url=self.return_url,
            to_card=task.flow == "payment_method_update",
        )


def _tell_operator(attempt: Attempt, outcome: Outcome) -> None:
    reason, stripe_code = type(outcome).__name__, outcome.code if isinstance(outcome, Misused) else None
    log.error("billing.call_not_accepted", operation_id=str(attempt.id), reason=reason, stripe_code=stripe_code)


_CALLS_OVER: Final = Wait("stripe_fault", unknown=True)


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


def _changed(task: SetQuantitiesTask, seen: SeenSubscription, invoice: SeenInvoice | None) -> QuantitiesChanged:
    return QuantitiesChanged(
        charged=invoice.amount_paid if invoice else 0,
        total=seen.total_for(task.after.quantities()),
        cycle=seen.cycle,
        invoice=_invoice(invoice),
    )


def _opened(customer_id: str, seen: SeenSubscription) -> Opened:
    return Opened(
        customer_id=customer_id,
        subscription_id=seen.id,
        seats=Seats.of(seen.quantities),
        cycle=seen.cycle,
        total=seen.total_for(seen.quantities),
        invoice=_invoice(seen.latest_invoice),
    )


def _invoice(seen: SeenInvoice | None) -> Invoice | None:
    if seen is None:
        return None
    return Invoice(
        id=seen.id,
        number=seen.number,
        total=seen.total,
        amount_paid=seen.amount_paid,
        url=seen.url,
    )
