"""Changes that cost or save money: previews, seat counts, the cycle, and another try after a declined card."""

from __future__ import annotations

from uuid import UUID

from contracts.billing import QuoteCycle, QuoteSeats, SwitchCycle
from contracts.message import Command, Seats
from contracts.seats import Adjust, RetryPayment
from contracts.vocabulary import BillingCycle, member
from services.gateway.application.hashing import Hashing
from services.gateway.application.operations import Operations, Write
from services.gateway.application.ports import Caller
from services.gateway.model.agency import Principal
from services.gateway.model.operation import Operation


class Money:
    """Sends the commands of previews and changes. Each operation's result is the reply or event that ended it."""

    def __init__(self, operations: Operations, hashing: Hashing) -> None:
        self._operations = operations
        self._hashing = hashing

    async def quote_seats(self, principal: Principal, caller: Caller, after: Seats, key: str | None) -> Operation:
        """Preview these seat counts. RejectedError `superseded` by a newer one of the same session, and others."""
        return await self._submit(principal, QuoteSeats(after=after, session=self._session(caller)), key)

    async def quote_cycle(
        self, principal: Principal, caller: Caller, cycle: BillingCycle, key: str | None
    ) -> Operation:
        """Preview the other cycle. RejectedError `nothing_to_change` and others."""
        return await self._submit(principal, QuoteCycle(cycle=cycle, session=self._session(caller)), key)

    async def adjust(self, principal: Principal, after: Seats, quote_id: UUID, key: str | None) -> Operation:
        """Set the seat counts, at a quote's price. RejectedError `below_active`, `quote_stale` and others."""
        return await self._submit(principal, Adjust(after=after, quote_id=quote_id), key)

    async def switch_cycle(
        self, principal: Principal, cycle: BillingCycle, quote_id: UUID, key: str | None
    ) -> Operation:
        """Pay by the other cycle from now on, at a quote's price. RejectedError as `adjust`."""
        return await self._submit(principal, SwitchCycle(cycle=cycle, quote_id=quote_id), key)

    async def retry(self, principal: Principal, key: str | None) -> Operation:
        """Pay what is unpaid, end Auto-Add's pause, and buy for those Blocked for payment. Raises as `adjust`."""
        return await self._submit(principal, RetryPayment(), key)

    async def _submit(self, principal: Principal, command: Command, key: str | None) -> Operation:
        actor = member(principal.member.id)
        # A repeated request may come from a new session: the session is not part of the body.
        body = command.model_dump_json(exclude={"session"})
        return await self._operations.submit(Write(command, principal.agency.id, str(actor), actor, key, body))

    def _session(self, caller: Caller) -> str:
        """A hash that names the session: of one session's previews the newest counts."""
        return self._hashing.of("quotes", caller.key or caller.session or "").hex()
