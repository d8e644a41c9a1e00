"""Read the subscription again when a Stripe event hints at a change, and publish what is new.

An event is never believed or copied: what it names is read at Stripe and compared with what we know. A change of the
card that is charged starts a timer, because Stripe sends several events for one change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Final, assert_never
from uuid import UUID

from chassis.actor import ActorContext, Attempt, Done, Retry
from contracts.billing import EditOverwritten
from contracts.message import Seats
from contracts.payment_vocabulary import InvoiceState
from contracts.stripe_events import StripeEvent
from contracts.vocabulary import STRIPE
from services.billing.awaited_payments import end_awaited
from services.billing.clients.stripe import StripeApi
from services.billing.domain.account import Agency
from services.billing.domain.card_events import GATHER_FOR, may_choose_a_card, updates_the_card
from services.billing.domain.edited_meanwhile import edited_meanwhile
from services.billing.domain.hint import is_about_an_invoice, is_about_the_plan, operation_of, under_way
from services.billing.domain.invoice_changes import ours
from services.billing.domain.operation import Operation
from services.billing.domain.plan import has_one_period
from services.billing.domain.reversals import is_about_a_payment
from services.billing.domain.snapshots import StripeInvoiceSnapshot, StripeSubscriptionSnapshot
from services.billing.domain.successor import successor
from services.billing.domain.what_next import Reject
from services.billing.incidents import Incident, report
from services.billing.publish_changes import (
    assign_prorations,
    publish_invoices,
    publish_settled,
    publish_subscription,
)
from services.billing.tasks import (
    CARD_CHANGED,
    CardTimer,
    ReadSubscription,
    TaskValue,
    read_payment,
    request_reading,
    task_key,
)
from services.billing.with_retry import with_retry
from telemetry.metrics import DROPPED


def stripe_event(agency: Agency, event: StripeEvent, ctx: ActorContext) -> None:
    """Run the operations under way now, and have the subscription read unless the change was our own."""
    waiting = under_way(agency.operations.values())
    for operation_id in waiting:
        ctx.run_now(task_key(agency.operations[operation_id].kind, operation_id))
    own = operation_of(event.idempotency_key)
    if own is not None and own in agency.operations:
        DROPPED.labels("own_stripe_event").inc()
        _publish_overwritten(agency, agency.operations[own], event, ctx)
        return
    charged = agency.account.card if agency.account is not None else None
    if is_about_a_payment(event.type):
        read_payment(agency, event.object_id, ctx)
    elif updates_the_card(event.type, event.object_id, charged):
        _start_card_timer(ctx)
        request_reading(agency, ctx)
    elif is_about_the_plan(event.type) or may_choose_a_card(event.type):
        invoices = {event.object_id} if event.object_id is not None and is_about_an_invoice(event.type) else set()
        request_reading(agency, ctx, invoices)
    elif not waiting:
        DROPPED.labels("stripe_event").inc()


def _publish_overwritten(agency: Agency, operation: Operation, event: StripeEvent, ctx: ActorContext) -> None:
    """Publish the quantities that somebody set while our operation was made, if it replaced any."""
    account = agency.account
    if account is None or account.items is None or event.object_id != account.subscription_id:
        return
    replaced = {item.item: item.quantity for item in event.replaced}
    edited = edited_meanwhile(operation.before, operation.after, account.items, replaced)
    if edited is None:
        return
    report(Incident.EDITED_MEANWHILE, operation.id)
    ctx.publish(
        EditOverwritten(
            operation_id=operation.id,
            before=Seats.of(operation.before),
            edited=Seats.of(edited),
            after=Seats.of(operation.after),
        ),
        actor=STRIPE,
    )


_MOST_FOLLOWED: Final = 20
"""Prorations that one reading follows; all on one invoice count as one. The next reading follows the rest."""


@dataclass(frozen=True, slots=True)
class _Prorations:
    """The prorations on each invoice that has billed any, those that are gone, and whether more are to be followed."""

    taken: Mapping[str, tuple[str, ...]]
    gone: tuple[str, ...]
    is_partial: bool = False


class SubscriptionRead(TaskValue):
    """The subscription and the invoices as Stripe has them; invoices that Stripe has no more are left out.

    `requested` are the invoices that the task named. `taken` are the ids of the prorations that invoices have taken, by
    invoice, and `gone` those that Stripe has no more. `is_partial`: more prorations are to be followed.
    """

    version: int
    snapshot: StripeSubscriptionSnapshot
    invoices: tuple[StripeInvoiceSnapshot, ...]
    requested: tuple[str, ...]
    taken: Mapping[str, tuple[str, ...]] = {}
    gone: tuple[str, ...] = ()
    is_partial: bool = False


class SubscriptionUnreadable(TaskValue):
    """Stripe does not have the subscription, or does not show it for our key."""

    @classmethod
    def after_failure(cls, _failure: Reject) -> SubscriptionUnreadable:
        """The result of a call that Stripe rejected for good."""
        return cls()


@dataclass(frozen=True, slots=True)
class ReadSubscriptionCalls:
    """The calls to Stripe: the subscription with its customer and newest invoice, and the invoices of the task."""

    stripe: StripeApi
    rng: Random

    async def run(self, attempt: Attempt) -> Done | Retry:
        """Done with `SubscriptionRead` or `SubscriptionUnreadable`; Retry until Stripe answers."""
        return await with_retry(self._read(attempt), attempt, self.rng, SubscriptionUnreadable.after_failure)

    async def _read(self, attempt: Attempt) -> SubscriptionRead:
        task: ReadSubscription = attempt.payload
        snapshot, invoices, prorations = await asyncio.gather(
            self.stripe.subscription(task.subscription_id),
            asyncio.gather(*(self.stripe.invoice(invoice_id) for invoice_id in task.invoices)),
            self._prorations(task),
        )
        snapshot = await self._successor(attempt.agency_id, task, snapshot)
        if not has_one_period(snapshot):
            report(Incident.PERIODS_DIFFER, attempt.agency_id)
        by_id = {invoice.id: invoice for invoice in invoices if invoice is not None}
        latest = snapshot.latest_invoice
        if latest is not None and latest.id not in by_id:
            # The same invoice read by itself also has the reason of its last decline, and shows a debit under way.
            is_unpaid = latest.state is InvoiceState.OPEN and latest.attempted
            by_id[latest.id] = (await self.stripe.invoice(latest.id) if is_unpaid else None) or latest
        for invoice_id in prorations.taken.keys() - by_id.keys():
            billing_invoice = await self.stripe.invoice(invoice_id)
            if billing_invoice is not None:
                by_id[billing_invoice.id] = billing_invoice
        return SubscriptionRead(
            version=task.version,
            snapshot=snapshot,
            invoices=tuple(by_id.values()),
            requested=task.invoices,
            taken=prorations.taken,
            gone=prorations.gone,
            is_partial=prorations.is_partial,
        )

    async def _successor(
        self, agency_id: UUID, task: ReadSubscription, snapshot: StripeSubscriptionSnapshot
    ) -> StripeSubscriptionSnapshot:
        """After an end, the subscription that the operator has made for the same customer, if there is one."""
        if not snapshot.is_over or snapshot.customer.is_deleted:
            return snapshot
        return successor(str(agency_id), await self.stripe.subscriptions_of(task.customer_id)) or snapshot

    async def _prorations(self, task: ReadSubscription) -> _Prorations:
        """Follow the prorations of which we know no invoice to the invoice that has them; none are read without any."""
        if not task.pending_proration_ids:
            return _Prorations({}, ())
        pending = await self.stripe.pending_of(task.customer_id, task.subscription_id)
        left = [item for item in task.pending_proration_ids if item not in {proration.id for proration in pending}]
        taken: dict[str, tuple[str, ...]] = {}
        gone: list[str] = []
        for _ in range(_MOST_FOLLOWED):
            if not left:
                break
            fate = await self.stripe.fate_of_item(left[0])
            if fate.invoice is not None:
                taken[fate.invoice] = await self.stripe.items_of_invoice(fate.invoice)
            if fate.is_gone:
                gone.append(left[0])
            followed = {left[0], *taken.get(fate.invoice or "", ())}
            left = [item for item in left if item not in followed]
        return _Prorations(taken, tuple(gone), is_partial=bool(left))


def on_result(agency: Agency, result: SubscriptionRead | SubscriptionUnreadable, ctx: ActorContext) -> None:
    """Publish what is new. Read again if an operation of ours ended, or started, since the reading was requested."""
    match result:
        case SubscriptionRead():
            account = agency.account
            if account is None:
                return
            if result.version != account.version or agency.is_busy:
                request_reading(agency, ctx)
                return
            agency.keep_account(replace(account, hinted=account.hinted - frozenset(result.requested)))
            for invoice_id, taken in result.taken.items():
                assign_prorations(agency, invoice_id, taken)
            subscriptions = {account.subscription_id, result.snapshot.id}
            publish_invoices(agency, ours(result.invoices, agency.invoices, subscriptions), ctx)
            end_awaited(agency, result.snapshot, ctx)
            publish_settled(agency, ctx, result.gone)
            publish_subscription(agency, result.snapshot, ctx)
            if result.is_partial:
                request_reading(agency, ctx)
            _record_card(agency, result.snapshot, ctx)
        case SubscriptionUnreadable():
            pass
        case _:
            assert_never(result)


def _record_card(agency: Agency, snapshot: StripeSubscriptionSnapshot, ctx: ActorContext) -> None:
    """Keep the card that is charged, and start the timer if another card was charged before, or none."""
    account = agency.account
    if account is None or snapshot.customer.card == account.card:
        return
    agency.keep_account(replace(account, card=snapshot.customer.card))
    if snapshot.customer.card is not None:
        _start_card_timer(ctx)


def _start_card_timer(ctx: ActorContext) -> None:
    ctx.task(CARD_CHANGED, CardTimer(), lane=CARD_CHANGED, key=CARD_CHANGED, run_at=ctx.now + GATHER_FOR)
