"""What is wrong with the agency's payment now: an unpaid invoice, a declined purchase, or a card that ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from contracts.payment_vocabulary import PaymentState
from contracts.vocabulary import BlockedReason, RejectionCode
from database.postgres import Pool
from services.gateway.application.step_up import has_rights
from services.gateway.domain.card_expiry import Expiry
from services.gateway.domain.payment_fix import NextStep, next_step
from services.gateway.domain.session_rights import Need
from services.gateway.model.agency import Principal, SeatsView
from services.gateway.model.card_problem import CardProblem, Expiring
from services.gateway.model.plan import Plan
from services.gateway.store import plan as store_plan
from services.gateway.store import reading as store_reading

_OF_THE_CARD = frozenset(
    {RejectionCode.PAYMENT_DECLINED, RejectionCode.PAYMENT_ACTION_REQUIRED, RejectionCode.PAYMENT_DISPUTED}
)
_UNPAID = frozenset({PaymentState.PAST_DUE, PaymentState.UNPAID})


class CardProblems:
    """Reads the facts, and has the rule decide the next step."""

    def __init__(self, pool: Pool, clock: Callable[[], datetime]) -> None:
        self._pool = pool
        self._clock = clock

    async def now(self, principal: Principal, seats: SeatsView, plan: Plan) -> CardProblem | None:
        """The problem that counts; None while there is none."""
        expiry = plan.card_expiry(self._clock())
        if seats.owed is not None:
            return await self._unpaid(principal, seats.owed.decline_code, expiry)
        if seats.paused in _OF_THE_CARD:
            return await self._declined(principal, RejectionCode(seats.paused), seats.decline_code, expiry)
        if plan.payment_state in _UNPAID:
            # Nothing is owed by us yet, so there is nothing to try: Stripe charges the next card by itself.
            return CardProblem(RejectionCode.PAST_DUE, NextStep.UPDATE_CARD)
        match expiry:
            case Expiry.EXPIRED:
                return CardProblem(Expiring.EXPIRED, NextStep.UPDATE_CARD)
            case Expiry.SOON:
                return CardProblem(Expiring.SOON, NextStep.UPDATE_CARD)
            case Expiry.GOOD:
                return None

    async def _unpaid(self, principal: Principal, decline_code: str | None, expiry: Expiry) -> CardProblem:
        url = None
        if has_rights(principal, Need.BILLING):
            url = await store_plan.unpaid_page(self._pool, principal.agency.id)
        code = RejectionCode.PAST_DUE
        return CardProblem(code, next_step(code, decline_code, expiry, can_confirm=bool(url)), decline_code, url)

    async def _declined(
        self, principal: Principal, code: RejectionCode, decline_code: str | None, expiry: Expiry
    ) -> CardProblem:
        """Auto-Add's purchase failed. An admin who saves the seats of the Blocked gets the bank's page for it."""
        reason = BlockedReason.PAYMENT_ACTION_REQUIRED
        waiting = await store_reading.blocked(self._pool, principal.agency.id, reason)
        can_confirm = bool(waiting.base or waiting.voice)
        return CardProblem(code, next_step(code, decline_code, expiry, can_confirm=can_confirm), decline_code)
