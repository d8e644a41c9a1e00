"""Open Stripe's hosted billing portal for one click: a session whose address lives for minutes.

A person waits for the reply, so the task gives up after a few short attempts. The address is sealed on the bus.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final, Literal, assert_never

import structlog

from chassis.actor import ActorContext, Attempt, Done, Retry
from contracts import billing_rejections
from contracts.billing import BillingCommandRejected, OpenPortal, PortalOpened
from contracts.vocabulary import RejectionCode
from hosting.sealing import Sealing
from services.billing.clients.stripe import StripeApi, StripeFailedError
from services.billing.domain.account import Agency
from services.billing.tasks import TaskValue

log = structlog.get_logger(__name__)

KIND: Final = "open_portal"
LANE: Final = "portal"
"""A lane of its own, so that no click waits behind a purchase."""

_TRIES: Final = 3
_PATIENCE: Final = 10.0
"""Seconds for one attempt."""
_PAUSE: Final = 0.5
"""Seconds between attempts."""


def open_portal(agency: Agency, command: OpenPortal, ctx: ActorContext) -> None:
    """Start the task that opens the portal, if the agency has an account."""
    if agency.account is None:
        ctx.reject(billing_rejections.BillingUnavailable())
        return
    task = OpenPortalTask(customer_id=agency.account.customer_id, flow=command.flow)
    ctx.task(KIND, task, lane=LANE, id=ctx.id)


class OpenPortalTask(TaskValue):
    """The customer, and the portal's page to open."""

    customer_id: str
    flow: Literal["overview", "payment_method_update"]


class PortalReady(TaskValue):
    """The portal's address, sealed."""

    sealed: str


class PortalUnavailable(TaskValue):
    """Stripe did not open the portal in time."""


@dataclass(slots=True)
class OpenPortalCalls:
    """The calls to Stripe. The portal's configuration is looked up once and remembered."""

    stripe: StripeApi
    sealing: Sealing
    return_url: str
    _configuration: str | None = field(default=None, init=False)

    async def run(self, attempt: Attempt) -> Done | Retry:
        """Done with `PortalReady`, or with `PortalUnavailable` after a few attempts."""
        try:
            async with asyncio.timeout(_PATIENCE):
                return Done(PortalReady(sealed=self.sealing.seal({"url": await self._url(attempt.payload)})))
        except StripeFailedError as failed:
            # Somebody may have archived the configuration: look it up again.
            self._configuration = None
            reason = type(failed.outcome).__name__
        except TimeoutError:
            reason = "no_answer"
        if attempt.tries + 1 < _TRIES:
            return Retry(reason, after=_PAUSE)
        log.warning("billing.portal_unavailable", task_id=str(attempt.id), reason=reason)
        return Done(PortalUnavailable())

    async def _url(self, task: OpenPortalTask) -> str:
        if self._configuration is None:
            existing = await self.stripe.portal_configuration()
            self._configuration = existing or await self.stripe.create_portal_configuration()
        return await self.stripe.open_portal(
            customer_id=task.customer_id,
            configuration=self._configuration,
            return_url=self.return_url,
            to_card=task.flow == "payment_method_update",
        )


def on_result(_agency: Agency, result: PortalReady | PortalUnavailable, ctx: ActorContext) -> None:
    """Reply with PortalOpened, or reject the command."""
    match result:
        case PortalReady(sealed=sealed):
            ctx.reply(PortalOpened(sealed=sealed))
        case PortalUnavailable():
            ctx.publish(
                BillingCommandRejected(
                    command_id=str(ctx.id),
                    command_type=OpenPortal.type,
                    code=RejectionCode.BILLING_UNAVAILABLE,
                )
            )
        case _:
            assert_never(result)
