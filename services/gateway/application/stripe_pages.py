"""Stripe's pages that a person may open: the billing portal, and the page of a payment that is awaited."""

from __future__ import annotations

from contracts.billing import OpenPortal
from contracts.vocabulary import (
    RejectionCode,
    member,
)
from database.postgres import Pool
from hosting.sealing import SealBrokenError, Sealing
from services.gateway.application.operations import Operations, Write
from services.gateway.application.step_up import has_rights
from services.gateway.domain.session_rights import Need
from services.gateway.model.agency import Principal
from services.gateway.model.awaited_payment import AwaitedPayment
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.store import awaited_payments as store_awaited_payments
from services.gateway.store import operations as store_operations


class StripePages:
    """Sends the command that opens the portal, and unseals the addresses of Stripe's pages."""

    def __init__(self, pool: Pool, operations: Operations, sealing: Sealing) -> None:
        self._pool = pool
        self._operations = operations
        self._sealing = sealing

    async def open_portal(self, principal: Principal, key: str | None, command: OpenPortal | None = None) -> Operation:
        """Open Stripe's billing portal. `portal_url` gives its address once."""
        command = command or OpenPortal()
        actor = member(principal.member.id)
        body = command.model_dump_json()
        write = Write(command, principal.agency.id, str(actor), actor, key, body, secret=True)
        return await self._operations.submit(write)

    async def portal_url(self, operation: Operation) -> str:
        """Take the portal's address. RejectedError `already_answered` when it has been taken."""
        sealed = await store_operations.take_sealed(self._pool, operation.id)
        if sealed is None:
            raise RejectedError(RejectionCode.ALREADY_ANSWERED)
        try:
            return self._sealing.open(sealed)["url"]
        except (SealBrokenError, KeyError) as broken:
            raise RejectedError(RejectionCode.ALREADY_ANSWERED) from broken

    async def awaited_payment(self, principal: Principal) -> AwaitedPayment | None:
        """The change that waits for its payment, with Stripe's page for a caller who may pay; None when none waits."""
        event = await store_awaited_payments.of(self._pool, principal.agency.id)
        if event is None:
            return None
        if event.sealed is None or not has_rights(principal, Need.BILLING):
            return AwaitedPayment(event, None)
        try:
            return AwaitedPayment(event, self._sealing.open(event.sealed)["url"])
        except (SealBrokenError, KeyError):
            return AwaitedPayment(event, None)
