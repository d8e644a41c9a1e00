"""The card on file, and what is wrong with it, as JSON bodies."""

from __future__ import annotations

from contracts.billing import CardOnFile
from services.gateway.api.schemas.cards import CardOut, CardProblemOut
from services.gateway.model.agency import SeatsView
from services.gateway.model.card_problem import CardProblem
from services.gateway.model.plan import Plan
from services.gateway.texts import cards


def card_out(card: CardOnFile | None) -> CardOut | None:
    """The payment method on file; None while it is not known."""
    return None if card is None else CardOut.model_validate(card.model_dump())


def card_problem_out(problem: CardProblem | None, seats: SeatsView, plan: Plan) -> CardProblemOut | None:
    """The problem with its reason in words; None while there is none."""
    if problem is None:
        return None
    return CardProblemOut(
        code=problem.code,
        reason=cards.reason(problem, seats, plan),
        next_step=problem.step,
        decline_code=problem.decline_code,
        url=problem.url,
        card=card_out(plan.card),
    )
