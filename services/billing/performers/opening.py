"""An account: customer, card and subscription, made once; when they cannot be, nothing is left that bills."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import structlog

from chassis.actor import Attempt, Done, Retry
from contracts.vocabulary import BillingCycle, RejectionCode, SeatType
from services.billing.catalogue import Catalogue
from services.billing.clients.stripe import StripeApi, StripeFailedError
from services.billing.domain.attempt_key import is_forgotten, keys_of_creation
from services.billing.domain.snapshots import StripeSubscriptionSnapshot
from services.billing.domain.what_next import Reject, what_next_of_opening
from services.billing.performers.with_retry import OVER, with_retry
from services.billing.tasks import NotOpened, OpenAccountTask, Opened

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class OpenAccountPerformer:
    """Makes customer, card and subscription; when it cannot, it leaves nothing that bills."""

    stripe: StripeApi
    catalogue: Catalogue
    rng: Random

    async def __call__(self, attempt: Attempt) -> Done | Retry:
        """Done with `Opened` or `NotOpened`; Again until then."""
        return await with_retry(
            self._open(attempt, attempt.payload),
            attempt,
            self.rng,
            lambda no: NotOpened(code=no.code, decline_code=no.decline_code),
            meaning=what_next_of_opening,
        )

    async def _open(self, attempt: Attempt, task: OpenAccountTask) -> Opened | NotOpened:
        operation = str(attempt.id)
        if is_forgotten(attempt.since, attempt.now):
            # No replay any more: what is there counts, and a half-made account is taken back.
            customer_id = await self.stripe.customer_of(task.email, operation)
            found = await self.stripe.subscription_of(customer_id) if customer_id else None
            if customer_id is not None and found is not None:
                return Opened(snapshot=found)
            if customer_id is not None:
                await self.stripe.delete_customer(customer_id)
            return NotOpened(code=RejectionCode.BILLING_UNAVAILABLE)
        prices = await self._price_ids(task.cycle)
        if prices is None:
            log.error("billing.catalogue_missing", operation_id=operation)
            return NotOpened(code=RejectionCode.BILLING_UNAVAILABLE)
        customer_id = await self._customer(attempt, task)
        if customer_id is None:
            return NotOpened(code=RejectionCode.BILLING_UNAVAILABLE)
        try:
            made = await self._subscription(attempt, task, customer_id, prices)
        except StripeFailedError as failed:
            if isinstance(what_next_of_opening(failed.outcome), Reject):
                await self.stripe.delete_customer(customer_id)
            raise
        if made is None:
            await self.stripe.delete_customer(customer_id)
            return NotOpened(code=RejectionCode.BILLING_UNAVAILABLE)
        return Opened(snapshot=made)

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
                if not isinstance(failed.outcome, OVER):
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
    ) -> StripeSubscriptionSnapshot | None:
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
                if not isinstance(failed.outcome, OVER):
                    raise
                found = await self.stripe.subscription_of(customer_id)
                if found is not None:
                    return found
        return None
