"""The calls that need a fresh proof of the address, and of a key a scope of its own: making admins, and large changes.

A repeated request asks for no code: its write has begun, and the response shows how it ended.
"""

from __future__ import annotations

from chassis.clock import Clock
from contracts.billing_quotes import Quoted
from contracts.vocabulary import Quantities, Role, member
from services.gateway.application.operations import Operations
from services.gateway.domain.fresh_code import is_fresh
from services.gateway.domain.gateway_codes import CONFIRMATION_REQUIRED, FRESH_CODE_REQUIRED, INSUFFICIENT_SCOPE
from services.gateway.domain.idempotency import command_id
from services.gateway.domain.key_scopes import missing_scope
from services.gateway.domain.large_change import Size, is_large, is_larger
from services.gateway.domain.many_at_once import added, asks_once_more
from services.gateway.domain.session_rights import Need, rejection_of
from services.gateway.model.agency import Principal
from services.gateway.model.rejected import RejectedError


def has_rights(principal: Principal, need: Need) -> bool:
    """Whether the person has the right of this need, and the key its scope."""
    try:
        check_rights(principal, need)
    except RejectedError:
        return False
    return True


def check_rights(principal: Principal, need: Need) -> None:
    """RejectedError when the person lacks the right of this need, or the key its scope."""
    if (code := rejection_of(need, principal.member.status, principal.member.role)) is not None:
        raise RejectedError(code)
    if principal.scopes is not None and (scope := missing_scope(need, principal.scopes)) is not None:
        raise RejectedError(INSUFFICIENT_SCOPE, {"scope": scope.value})


class StepUp:
    """Rejects steps that need a fresh code, a scope or a confirmation which the request does not have."""

    def __init__(self, operations: Operations, clock: Clock) -> None:
        self._operations = operations
        self._clock = clock

    async def role(self, principal: Principal, before: Role | None, role: Role, key: str | None) -> None:
        """Check a change of who is an admin. To be an admin no more needs the scope, and no code."""
        if Role.ADMIN not in {before, role} or await self.repeats(principal, key):
            return
        check_rights(principal, Need.ADMIN)
        if role is Role.ADMIN:
            self._fresh(principal)

    async def seats(
        self,
        principal: Principal,
        before: Quantities,
        after: Quantities,
        quote: Quoted | None,
        key: str | None,
        *,
        confirmed: bool,
    ) -> None:
        """Check a change of the seat counts. `quote` is None when it is not one of these counts."""
        if await self.repeats(principal, key):
            return
        count = added(before, after)
        due_now = None if quote is None else _today(quote)
        if asks_once_more(count) and not confirmed:
            raise RejectedError(
                CONFIRMATION_REQUIRED, {"added": count, "due_now": due_now, "currency": principal.agency.currency}
            )
        self._money(principal, count, due_now)

    async def cycle(self, principal: Principal, quote: Quoted | None, key: str | None) -> None:
        """Check a switch of the cycle."""
        if not await self.repeats(principal, key):
            self._money(principal, 0, None if quote is None else _today(quote))

    async def size(self, principal: Principal, size: Size, key: str | None) -> None:
        """Check a new size: a larger one lets through what needed a code."""
        if is_larger(size, principal.agency.step_up) and not await self.repeats(principal, key):
            self._fresh(principal)

    async def api_key(self, principal: Principal, key: str | None) -> None:
        """Check that a key may be made: it goes on when the session that made it has ended."""
        if not await self.repeats(principal, key):
            self._fresh(principal)

    def is_fresh(self, principal: Principal) -> bool:
        """Whether the person has proven the address shortly before. A key is no person, and needs no code."""
        proven_at = None if principal.session is None else principal.session.proven_at
        return principal.scopes is not None or is_fresh(proven_at, self._clock())

    def _money(self, principal: Principal, count: int, due_now: int | None) -> None:
        # Without the quote the charge is not known, so the change counts as large; billing rejects an unknown quote.
        if due_now is None or is_large(added=count, due_now=due_now, size=principal.agency.step_up):
            self._fresh(principal)

    def _fresh(self, principal: Principal) -> None:
        if not self.is_fresh(principal):
            raise RejectedError(FRESH_CODE_REQUIRED)

    async def repeats(self, principal: Principal, key: str | None) -> bool:
        """Whether the person has sent this key before: the same answer is due, and nothing is checked again."""
        if key is None:
            return False
        return await self._operations.look(command_id(str(member(principal.member.id)), key)) is not None


def _today(quote: Quoted) -> int:
    """The cents that the change takes today, from the card and from the balance."""
    return quote.due_now + quote.from_balance
