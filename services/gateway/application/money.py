"""Changes that cost or save money: previews, seat counts, the cycle, and another try after a declined card."""

from __future__ import annotations

from uuid import UUID

from contracts.billing import CancelChange, QuoteCycle, QuoteSeats, SwitchCycle
from contracts.billing_quotes import Quoted
from contracts.members import LetIn
from contracts.message import Command, Seats
from contracts.seats_purchases import Adjust, RetryPayment
from contracts.vocabulary import BillingCycle, Quantities, RejectionCode, member
from services.gateway.application.hashing import Hashing
from services.gateway.application.operations import Operations, Write
from services.gateway.application.ports import Caller, Chassis
from services.gateway.application.step_up import StepUp
from services.gateway.model.agency import Principal
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.store import reading as store_reading


class Money:
    """Sends the commands of previews and changes. Each operation's result is the reply or event that ended it."""

    def __init__(self, chassis: Chassis, operations: Operations, hashing: Hashing, step_up: StepUp) -> None:
        self._chassis = chassis
        self._operations = operations
        self._hashing = hashing
        self._step_up = step_up

    async def quote_seats(self, principal: Principal, caller: Caller, after: Seats, key: str | None) -> Operation:
        """Preview these seat counts. RejectedError `superseded` by a newer one of the same session, and others."""
        return await self._submit(principal, QuoteSeats(after=after, session=self._session(caller)), key)

    async def quote_cycle(
        self, principal: Principal, caller: Caller, cycle: BillingCycle, key: str | None
    ) -> Operation:
        """Preview the other cycle. RejectedError `nothing_to_change` and others."""
        return await self._submit(principal, QuoteCycle(cycle=cycle, session=self._session(caller)), key)

    async def adjust(
        self, principal: Principal, after: Seats, quote_id: UUID, key: str | None, *, confirmed: bool, pay_owed: bool
    ) -> Operation:
        """Set the seat counts, at a quote's price. RejectedError `below_active`, `quote_stale` and others.

        `pay_owed`: charge the card what is owed first; otherwise `past_due` while anything is.
        `confirmation_required` when many seats are added and not `confirmed`, `fresh_code_required` for a large change.
        """
        change = Adjust(after=after, quote_id=quote_id, pay_owed=pay_owed)
        await self._check_size(principal, change, key, confirmed=confirmed)
        return await self._submit(principal, change, key)

    async def let_in(self, principal: Principal, change: LetIn, key: str | None, *, confirmed: bool) -> Operation:
        """Buy seats at a quote's price and let these Blocked members in. RejectedError as `adjust`.

        `quote_stale` also when one of them is not Blocked any more.
        """
        await self._check_size(principal, change, key, confirmed=confirmed)
        return await self._submit(principal, change, key)

    async def _check_size(
        self, principal: Principal, change: Adjust | LetIn, key: str | None, *, confirmed: bool
    ) -> None:
        """Reject a change of the seat counts that is too large without a fresh code or a confirmation."""
        seats, quote = (
            await store_reading.seats(self._chassis.pool, principal.agency.id),
            await self.quoted(principal, change.quote_id),
        )
        if seats is None:
            raise RejectedError(RejectionCode.NOT_SIGNED_IN)
        await self._step_up.seats(
            principal,
            Quantities(seats.base.purchased, seats.voice.purchased),
            change.after.quantities(),
            quote if quote is not None and quote.after == change.after else None,
            key,
            confirmed=confirmed,
        )

    async def switch_cycle(
        self, principal: Principal, cycle: BillingCycle, quote_id: UUID, key: str | None
    ) -> Operation:
        """Pay by the other cycle from now on, at a quote's price. RejectedError as `adjust`."""
        quote = await self.quoted(principal, quote_id)
        await self._step_up.cycle(principal, quote if quote is not None and quote.cycle is cycle else None, key)
        return await self._submit(principal, SwitchCycle(cycle=cycle, quote_id=quote_id), key)

    async def cancel_change(self, principal: Principal, key: str | None) -> Operation:
        """Cancel the change that waits for its payment. RejectedError `nothing_awaited` and others."""
        return await self._submit(principal, CancelChange(), key)

    async def retry(self, principal: Principal, key: str | None) -> Operation:
        """Pay what is unpaid, end Auto-Add's pause, and buy for those Blocked for payment. Raises as `adjust`."""
        return await self._submit(principal, RetryPayment(), key)

    async def quoted(self, principal: Principal, quote_id: UUID) -> Quoted | None:
        """The quote as billing made it for this agency; None when there is none of this id."""
        operation = await self._operations.look(quote_id)
        if operation is None or operation.agency_id != principal.agency.id or operation.outcome != Quoted.type:
            return None
        return Quoted.model_validate(operation.result)

    async def _submit(self, principal: Principal, command: Command, key: str | None) -> Operation:
        actor = member(principal.member.id)
        # A repeated request may come from a new session: the session is not part of the body.
        body = command.model_dump_json(exclude={"session"})
        return await self._operations.submit(Write(command, principal.agency.id, str(actor), actor, key, body))

    def _session(self, caller: Caller) -> str:
        """A hash that names the session: of one session's previews the newest counts."""
        return self._hashing.of("quotes", caller.key or caller.session or "").hex()
