"""The portal: a session of Stripe's hosted page, for one click."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final

import structlog

from chassis.actor import Attempt, Done, Retry
from chassis.sealing import Sealing
from services.billing.clients.stripe import StripeApi, StripeFailedError
from services.billing.tasks import OpenPortalTask, PortalClosed, PortalReady

log = structlog.get_logger(__name__)

_TRIES: Final = 3
_PATIENCE: Final = 10.0
"""Seconds that somebody who clicked waits for one try."""
_PAUSE: Final = 0.5


@dataclass(slots=True)
class OpenPortalPerformer:
    """Makes a session of the hosted portal; a person is waiting, so it gives up soon."""

    stripe: StripeApi
    sealing: Sealing
    return_url: str
    _configuration: str | None = field(default=None, init=False)

    async def __call__(self, attempt: Attempt) -> Done | Retry:
        """Done with `PortalReady`, or with `PortalClosed` after a few tries."""
        try:
            async with asyncio.timeout(_PATIENCE):
                return Done(PortalReady(sealed=self.sealing.seal({"url": await self._url(attempt.payload)})))
        except StripeFailedError as failed:
            # Somebody may have archived the configuration: it is looked up anew.
            self._configuration = None
            reason = type(failed.outcome).__name__
        except TimeoutError:
            reason = "no_answer"
        if attempt.tries + 1 < _TRIES:
            return Retry(reason, after=_PAUSE)
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
