"""The rules of fields in words, the same on the form and in the API, and the limits of what is typed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pydantic.alias_generators import to_snake

from contracts.address import ADDRESS_MAX, DOMAIN_MAX
from contracts.amounts import money
from contracts.vocabulary import MOST_SEATS_REQUESTED
from services.gateway.domain.key_expiry import LONGEST_LIFE
from services.gateway.domain.large_change import MOST_SEATS, most_amount
from services.gateway.domain.typed_words import SEARCH_MAX, WORDS_MAX


def _count_rule(most: int) -> str:
    return f"Write a whole number, from 0 to {most:,}."


_SEATS = _count_rule(MOST_SEATS_REQUESTED)
ON_PAGE: Mapping[str, str] = MappingProxyType(
    {
        "email": "Write a whole email address, like noor@clinic.example.",
        "name": f"Write a name, of at most {WORDS_MAX} characters.",
        "seat_type": "Pick Base or Voice.",
        "code": "The code has 4 digits.",
        "domain": "Write an email domain, like clinic.example.",
        "scopes": "Choose at least one.",
        "base": _SEATS,
        "voice": _SEATS,
        "seats": _count_rule(MOST_SEATS),
        "signer_name": "Write your full name.",
        "signer_title": "Write your title, like Practice owner.",
    }
)
"""By the name of a form's field; the API says the same of the JSON field."""
DOMAIN_RULES = (
    "Your own address must be on it, no other agency may use it, and it may not be a public one, like gmail.com."
)
AGENCY_NAME_RULES = (
    "Pages and emails show it at once. Stripe's invoices and a BAA that is signed already keep the old name."
)
ANY_OTHER_ON_PAGE = "This is not right."
_ONLY_IN_JSON = {"token": "must be what follows the last slash of the link"}
_SAME = {"admin_email": "email", "admin_name": "name"}
MOST_CHARACTERS: Mapping[str, int] = MappingProxyType({"email": ADDRESS_MAX, "domain": DOMAIN_MAX, "q": SEARCH_MAX})


def most_characters(name: str) -> int:
    """The most characters of a form's field, for the attribute of its input."""
    return MOST_CHARACTERS.get(name, WORDS_MAX)


def in_json(field: str) -> str | None:
    """What is wrong with a JSON field of this name, as the form says it; None where only the API has such a field."""
    name = to_snake(field)
    name = _SAME.get(name, name)
    return ON_PAGE.get(name, _ONLY_IN_JSON.get(name))


OTHER_CURSOR = "Not a cursor of this list: leave it out to begin anew."
KEY_EXPIRY = f"must be in the future, and at most {LONGEST_LIFE.days} days away"
NO_STRIPE_EVENT = "Not an event as Stripe sends them."
ANY_OTHER_IN_JSON = "is not valid here"


def amount_rule(currency: str) -> str:
    """The rule of the field for an amount in the agency's currency."""
    return f"Write an amount, from {money(0, currency)} to {money(most_amount(currency), currency)}."


def other_baa_version(current: str) -> str:
    """The version that was read is not the one that can be signed now."""
    return f"The current version is {current}. Read it, then sign it."
