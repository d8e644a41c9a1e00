"""The parts of all JSON bodies: camelCase names, money in minor units, times in RFC 3339."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, StringConstraints
from pydantic.alias_generators import to_camel

from contracts.address import (
    ADDRESS_MAX,
    ADDRESS_PATTERN,
    DOMAIN_MAX,
    DOMAIN_PATTERN,
    parse_address,
    parse_domain,
    shown_address,
    shown_domain,
)
from contracts.vocabulary import MOST_SEATS_REQUESTED


def _printable(text: str) -> str:
    if any(ord(char) < ord(" ") or char == "\x7f" for char in text):
        raise ValueError("must not hold control characters")
    return text


def _within(most: int) -> BeforeValidator:
    """Limit the text as it was sent, with the space around it: so does the description."""

    def checked(text: object) -> object:
        if isinstance(text, str) and len(text) > most:
            raise ValueError(f"must have at most {most} characters")
        return text

    return BeforeValidator(checked)


_CONTROL = r"\x00-\x1f\x7f"
_SPACE = r"\t-\r \x85\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_WORDS = rf"^[{_SPACE}]*[^{_CONTROL}{_SPACE}]([^{_CONTROL}]*[^{_CONTROL}{_SPACE}])?[{_SPACE}]*$"
"""For programs: readable text on one line. Space around it is taken off."""

Words = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_printable),
    _within(200),
    Field(json_schema_extra={"pattern": _WORDS}),
]
EXAMPLE_ADDRESS = "noor@riverside.example"
Email = Annotated[
    str,
    _within(ADDRESS_MAX),
    AfterValidator(parse_address),
    Field(examples=[EXAMPLE_ADDRESS], json_schema_extra={"pattern": ADDRESS_PATTERN, "maxLength": ADDRESS_MAX}),
]
"""An address in its stored form. The pattern describes the ASCII form; a domain in Unicode is accepted too."""
Domain = Annotated[
    str,
    _within(DOMAIN_MAX),
    AfterValidator(parse_domain),
    Field(examples=["riverside.example"], json_schema_extra={"pattern": DOMAIN_PATTERN, "maxLength": DOMAIN_MAX}),
]
ShownAddress = Annotated[str, AfterValidator(shown_address), Field(examples=[EXAMPLE_ADDRESS])]
ShownDomain = Annotated[str, AfterValidator(shown_domain), Field(examples=["riverside.example"])]
"""Of a response: as people read them, in Unicode."""
Count = Annotated[StrictInt, Field(ge=0, le=MOST_SEATS_REQUESTED, examples=[3])]


EXAMPLE_ID = "0198f3a2-6c1d-7e52-9a3b-2f1c5d7e9a10"


class Wire(BaseModel):
    """A JSON object of the API."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, from_attributes=True)


class Money(Wire):
    """An amount in minor units (cents); negative is a credit."""

    amount: int = Field(examples=[18997])
    currency: Literal["usd"] = "usd"
