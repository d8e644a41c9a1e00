"""The card on file in words, and the words about a card that ends."""

from __future__ import annotations

from contracts.billing import CardOnFile
from services.gateway.domain.card_expiry import Expiry
from services.gateway.model.agency import SeatsView
from services.gateway.model.card_problem import CardProblem, Expiring
from services.gateway.model.plan import Plan
from services.gateway.texts import billing

FIX = "Fix the card"
USE_ANOTHER = "Use another card"
CONFIRM = "Confirm with your bank"
ADD_AND_CONFIRM = "Add their seats and confirm …"
SEE = "See what to do"
ON_FILE = "Card on file"
NOBODY_LOSES = "Nobody who has a seat loses it meanwhile."
_BRANDS = {
    "amex": "American Express",
    "diners": "Diners Club",
    "discover": "Discover",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}


def name(card: CardOnFile) -> str:
    """The payment method: Visa ending in 4242; Bank account ending in 6789."""
    what = _BRANDS.get(card.brand or "", "Card") if card.kind == "card" else _kind(card.kind)
    return what if card.last4 is None else f"{what} ending in {card.last4}"


def _kind(kind: str) -> str:
    if kind.endswith("bank_account"):
        return "Bank account"
    return kind.replace("_", " ").capitalize()


def on_file(card: CardOnFile, expiry: Expiry) -> str:
    """The payment method with its expiry: Visa ending in 4242, expires 12/2034."""
    if card.exp_month is None or card.exp_year is None:
        return name(card)
    month = f"{card.exp_month:02}/{card.exp_year}"
    return f"{name(card)}, {'expired' if expiry is Expiry.EXPIRED else 'expires'} {month}"


def title(problem: CardProblem, seats: SeatsView, plan: Plan) -> str:
    """What is wrong, in few words."""
    match problem.code:
        case Expiring.EXPIRED:
            return "The card has expired"
        case Expiring.SOON:
            return "The card expires soon"
        case _ if seats.owed:
            return billing.debt_title(seats.owed)
        case _:
            return billing.payment_title(seats.paused, plan.payment_state, seats.decline_code)


def reason(problem: CardProblem, seats: SeatsView, plan: Plan) -> str:
    """Why it is wrong, what it means, and the way out."""
    match problem.code:
        case Expiring.EXPIRED:
            return "The next charge will probably be declined. Put another card in at Stripe."
        case Expiring.SOON:
            return "Put another card in at Stripe before it expires, so that no charge is declined."
        case _ if seats.owed:
            return billing.debt(seats.owed)
        case _:
            return billing.payment(seats.paused, plan.payment_state, problem.step, seats.decline_code)
