"""The parts of all JSON bodies: camelCase names, money in minor units, times in RFC 3339."""

from __future__ import annotations

import sys
from functools import lru_cache
from itertools import groupby
from typing import Annotated, Any

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
from services.gateway.domain.typed_code import CODE_DIGITS, typed_code
from services.gateway.domain.typed_words import WORDS_MAX, is_seen, typed_words


def _within(most: int) -> BeforeValidator:
    """Limit the text as it was sent, with the space around it: so does the description."""

    def checked(text: object) -> object:
        if isinstance(text, str) and len(text) > most:
            raise ValueError(f"must have at most {most} characters")
        return text

    return BeforeValidator(checked)


def _words(text: str) -> str:
    words = typed_words(text)
    if words is None:
        raise ValueError("must hold something that can be seen")
    if len(words) > WORDS_MAX:
        raise ValueError(f"must have at most {WORDS_MAX} characters")
    return words


@lru_cache(maxsize=1)
def _words_pattern() -> str:
    """For programs: text with a character that can be seen. It is computed from the rule, and only to be described."""
    unseen = [code for code in range(sys.maxunicode + 1) if not is_seen(chr(code)) and code not in _SURROGATES]
    runs = [list(run) for _, run in groupby(enumerate(unseen), lambda pair: pair[1] - pair[0])]
    return f"[^{''.join(f'{_escaped(run[0][1])}-{_escaped(run[-1][1])}' for run in runs)}]"


def _escaped(code: int) -> str:
    return f"\\u{code:04x}" if code <= _BASIC_PLANE_ENDS else chr(code)


_BASIC_PLANE_ENDS = 0xFFFF
_SURROGATES = range(0xD800, 0xE000)
"""No text has one alone, and many engines refuse a pattern that names them."""


def _describe_words(schema: dict[str, Any]) -> None:
    schema |= {"minLength": 1, "maxLength": WORDS_MAX, "pattern": _words_pattern()}


Words = Annotated[str, _within(WORDS_MAX), AfterValidator(_words), Field(json_schema_extra=_describe_words)]
"""Text of people on one line; what cannot be seen is dropped, and blanks become one."""
Code = Annotated[
    str,
    StringConstraints(pattern=rf"^[0-9]{{{CODE_DIGITS}}}$"),
    BeforeValidator(lambda typed: typed_code(typed) if isinstance(typed, str) else typed),
    _within(WORDS_MAX),
    Field(examples=["0412"]),
]
"""The code of a mail. The pattern describes the plain form; every spelling that people type is read."""
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
OTHER_EXAMPLE_ID = "0198f3a2-6c1d-7e52-9a3b-2f1c5d7e9a11"


class Wire(BaseModel):
    """A JSON object of the API."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, from_attributes=True)


class Money(Wire):
    """An amount in the smallest unit of its currency (cents; yen); negative is a credit."""

    amount: int = Field(examples=[18997])
    currency: str = Field(pattern="^[a-z]{3}$", examples=["usd"])
