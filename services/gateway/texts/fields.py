"""The rules of form fields and JSON fields in words: an instruction for people, a rule for programs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from contracts.amounts import money
from contracts.vocabulary import BAA_VERSION
from services.gateway.domain.key_expiry import LONGEST_LIFE
from services.gateway.domain.large_change import MOST_AMOUNT, MOST_SEATS

_EMAIL = "a whole e-mail address, like noor@clinic.example"
_DOMAIN = "a mail domain, like clinic.example"
ON_PAGE: Mapping[str, str] = MappingProxyType(
    {
        "email": f"Write {_EMAIL}.",
        "name": "Write a name, of at most 200 characters.",
        "seat_type": "Pick one of the two.",
        "code": "The code has four digits.",
        "domain": f"Write {_DOMAIN}.",
        "scopes": "Choose at least one.",
        "seats": f"Write a whole number, from 0 to {MOST_SEATS:,}.",
        "signer_name": "Write your full name.",
        "signer_title": "Write your title, like Practice owner.",
    }
)
"""By the name of a form's field."""
DOMAIN_RULES = (
    "Your own address must be on it, no other agency may use it, and it may not be a public one, like gmail.com."
)
ANY_OTHER_ON_PAGE = "This is not right."
IN_JSON: Mapping[str, str] = MappingProxyType(
    {
        "email": f"must be {_EMAIL}",
        "adminEmail": f"must be {_EMAIL}",
        "domain": f"must be {_DOMAIN}",
        "code": "must be the four digits of the mail",
        "token": "must be what follows the last slash of the link",
    }
)
"""By the name of a JSON field, where the API's description states the rule only as a pattern."""
OTHER_CURSOR = "Not a cursor of this list: leave it out to begin anew."
OTHER_BAA_VERSION = f"The current version is {BAA_VERSION}. Read it, then sign it."
KEY_EXPIRY = f"must be in the future, and at most {LONGEST_LIFE.days} days away"
NO_STRIPE_EVENT = "Not an event as Stripe sends them."
ANY_OTHER_IN_JSON = "is not valid here"


def amount_rule(currency: str) -> str:
    """The rule of the field for an amount in the agency's currency."""
    return f"Write an amount, from {money(0, currency)} to {money(MOST_AMOUNT, currency)}."
