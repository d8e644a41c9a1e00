"""Open an agency's account at Stripe when the agency is founded: a customer with a card, and a paid subscription.

The card pays the first invoice, or the account is not opened. A rejected opening leaves nothing at Stripe that bills.
If Stripe does not answer, the operator gets a mail after ten minutes. After 24 hours the opening is rejected, and
undone as soon as Stripe answers (closing.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import assert_never

import structlog

from chassis.actor import ActorContext, Attempt, Done, Retry
from contracts.billing import AccountOpened, AccountRejected
from contracts.members_agencies import AgencyFounded
from contracts.message import Seats
from contracts.vocabulary import BillingCycle, Quantities, RejectionCode, SeatType
from services.billing.catalogue import Catalogue
from services.billing.catalogue_prices import held_prices
from services.billing.clients.stripe import StripeApi, StripeFailedError
from services.billing.contract_mapping import to_invoice
from services.billing.domain.account import Account, Agency
from services.billing.domain.attempt_key import is_forgotten, keys_of_creation
from services.billing.domain.opening_ends import is_given_up
from services.billing.domain.operation import Operation, OperationKind
from services.billing.domain.snapshots import StripeSubscriptionSnapshot
from services.billing.domain.what_next import Reject, what_next_of_opening
from services.billing.publish_changes import publish_invoices, publish_plan
from services.billing.tasks import CloseOpening, StripeTimeout, TaskValue, begin, close_opening, publish_timeout
from services.billing.with_retry import OVER, with_retry

log = structlog.get_logger(__name__)


def agency_founded(agency: Agency, event: AgencyFounded, ctx: ActorContext) -> None:
    """Start the Stripe operation. The id of the command that founded the agency is the operation's id."""
    if agency.account is not None or agency.under_way(ctx.correlation_id) is not None:
        return
    seats = Seats(base=event.base, voice=event.voice)
    begin(
        agency,
        ctx,
        Operation(
            id=ctx.correlation_id,
            agency_id=agency.id,
            kind=OperationKind.OPEN_ACCOUNT,
            before=Quantities(),
            after=seats.quantities(),
            began_at=ctx.now,
        ),
        OpenAccountTask(
            name=event.name,
            email=event.admin_email,
            payment_method=event.payment_method,
            cycle=event.cycle,
            seats=seats,
        ),
    )


class OpenAccountTask(TaskValue):
    """The customer to be created, and the subscription."""

    name: str
    email: str
    payment_method: str
    cycle: BillingCycle
    seats: Seats


class Opened(TaskValue):
    """The account is open and paid."""

    snapshot: StripeSubscriptionSnapshot


class NotOpened(TaskValue):
    """There is no account, and nothing at Stripe that bills, except what is `left` of an opening that was given up."""

    code: RejectionCode
    decline_code: str | None = None
    left: CloseOpening | None = None

    @classmethod
    def after_failure(cls, failure: Reject) -> NotOpened:
        """The result of a call that Stripe rejected for good."""
        return cls(code=failure.code, decline_code=failure.decline_code)


@dataclass(frozen=True, slots=True)
class OpenAccountCalls:
    """The calls to Stripe."""

    stripe: StripeApi
    catalogue: Catalogue
    rng: Random

    async def run(self, attempt: Attempt) -> Done | Retry:
        """Done with `Opened` or `NotOpened`; Retry until then, for 24 hours. After ten minutes the operator knows."""
        task: OpenAccountTask = attempt.payload
        outcome = await with_retry(
            self._open(attempt, task),
            attempt,
            self.rng,
            NotOpened.after_failure,
            report_timeout=True,
            meaning=what_next_of_opening,
        )
        if isinstance(outcome, Retry) and is_given_up(attempt.since, attempt.now):
            left = CloseOpening(operation_id=attempt.id, email=task.email)
            return Done(NotOpened(code=RejectionCode.BILLING_UNAVAILABLE, left=left))
        return outcome

    async def _open(self, attempt: Attempt, task: OpenAccountTask) -> Opened | NotOpened:
        if is_forgotten(attempt.since, attempt.now):
            return await self._existing_or_none(attempt, task)
        prices = await held_prices(self.stripe, self.catalogue, task.cycle, self.catalogue.currency)
        if prices is None:
            log.error("billing.catalogue_missing", operation_id=str(attempt.id))
            return NotOpened(code=RejectionCode.BILLING_UNAVAILABLE)
        customer_id = await self._customer(attempt, task)
        if customer_id is None:
            return NotOpened(code=RejectionCode.BILLING_UNAVAILABLE)
        price_ids = {seat_type: price.id for seat_type, price in prices.items()}
        try:
            subscription = await self._subscription(attempt, task, customer_id, price_ids)
        except StripeFailedError as failed:
            if isinstance(what_next_of_opening(failed.outcome), Reject):
                await self.stripe.delete_customer(customer_id)
            raise
        if subscription is None:
            await self.stripe.delete_customer(customer_id)
            return NotOpened(code=RejectionCode.BILLING_UNAVAILABLE)
        return Opened(snapshot=subscription)

    async def _existing_or_none(self, attempt: Attempt, task: OpenAccountTask) -> Opened | NotOpened:
        """Take the subscription of an earlier attempt, or delete its customer: Stripe replays its answers no more."""
        customer_id = await self.stripe.customer_of(task.email, str(attempt.id))
        existing = await self.stripe.subscription_made_by(customer_id, str(attempt.id)) if customer_id else None
        if existing is not None:
            return Opened(snapshot=existing)
        if customer_id is not None:
            await self.stripe.delete_customer(customer_id)
        return NotOpened(code=RejectionCode.BILLING_UNAVAILABLE)

    async def _customer(self, attempt: Attempt, task: OpenAccountTask) -> str | None:
        """Create the customer, once; its id."""
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
                if not isinstance(failed.outcome, OVER):
                    raise
                existing = await self.stripe.customer_of(task.email, str(attempt.id))
                if existing is not None:
                    return existing
        return None

    async def _subscription(
        self,
        attempt: Attempt,
        task: OpenAccountTask,
        customer_id: str,
        price_ids: dict[SeatType, str],
    ) -> StripeSubscriptionSnapshot | None:
        """Create the subscription, once."""
        for key in keys_of_creation(attempt.id, "subscription"):
            try:
                return await self.stripe.create_subscription(
                    customer_id=customer_id,
                    price_ids=price_ids,
                    quantities=task.seats.quantities(),
                    agency_id=str(attempt.agency_id),
                    operation_id=str(attempt.id),
                    key=key,
                )
            except StripeFailedError as failed:
                if not isinstance(failed.outcome, OVER):
                    raise
                existing = await self.stripe.subscription_made_by(customer_id, str(attempt.id))
                if existing is not None:
                    return existing
        return None


def on_result(agency: Agency, result: Opened | NotOpened | StripeTimeout, ctx: ActorContext) -> None:
    """Publish AccountOpened, AccountRejected or StripeTimedOut; ignore a result that is recorded already."""
    operation = agency.under_way(ctx.id)
    if operation is None:
        return
    match result:
        case Opened(snapshot=snapshot):
            _record_opened(agency, operation, snapshot, ctx)
        case NotOpened():
            agency.keep(operation.rejected(ctx.now, result.code))
            rejected = AccountRejected(
                code=result.code, decline_code=result.decline_code, given_up=result.left is not None
            )
            ctx.publish(rejected)
            if result.left is not None:
                close_opening(ctx, result.left)
        case StripeTimeout():
            publish_timeout(agency, operation, result, ctx)
        case _:
            assert_never(result)


def _record_opened(
    agency: Agency, operation: Operation, snapshot: StripeSubscriptionSnapshot, ctx: ActorContext
) -> None:
    invoice = snapshot.latest_invoice
    agency.keep(operation.done(ctx.now, invoice.amount_paid if invoice else 0, invoice.id if invoice else None))
    account = Account(
        customer_id=snapshot.customer.id,
        subscription_id=snapshot.id,
        purchased=snapshot.quantities,
        cycle=snapshot.cycle,
        total=snapshot.total_for(snapshot.quantities),
        items=snapshot.item_ids,
        card=snapshot.customer.card,
        prices=snapshot.prices,
    )
    agency.keep_account(account)
    if invoice is not None:
        publish_invoices(agency, [invoice], ctx, operation.id)
    publish_plan(agency, snapshot, ctx)
    ctx.publish(
        AccountOpened(
            customer_id=account.customer_id,
            subscription_id=account.subscription_id,
            purchased=Seats.of(account.purchased),
            cycle=account.cycle,
            total=account.total,
            invoice=to_invoice(invoice) if invoice is not None else None,
            currency=snapshot.currency,
        )
    )
