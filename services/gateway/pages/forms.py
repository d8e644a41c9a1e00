"""Reading forms with the API's own types: what it would refuse, a form shows beside the field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

import asyncpg
from pydantic import BaseModel, ValidationError

from chassis.postgres import AWAY
from contracts.vocabulary import RejectionCode
from services.gateway.model.rejected import RejectedError

Read = TypeVar("Read", bound=BaseModel)
_WORDS: Mapping[str, str] = {
    "email": "Write a whole e-mail address, like noor@clinic.example.",
    "name": "Write a name, of at most 200 characters.",
    "seat_type": "Pick one of the two.",
    "code": "The code has four digits.",
    "domain": "Write a domain, like clinic.example.",
    "signer_name": "Write your full name.",
    "signer_title": "Write your title, like Practice owner.",
}
_REQUESTS_OWN = {"22", "23", "42"}
"""Classes of SQLSTATE that only the request's values, or the statement, can be blamed for."""


def read(kind: type[Read], fields: Mapping[str, object]) -> Read:
    """The form's values; RejectedError `invalid_request` with a sentence for each field that is wrong."""
    try:
        return kind.model_validate({name: fields.get(name) for name in kind.model_fields if name in fields})
    except ValidationError as wrong:
        names = {_name(kind, str(one["loc"][0])) for one in wrong.errors() if one["loc"]}
        errors = {name: _WORDS.get(name, "This is not right.") for name in names}
        raise RejectedError(RejectionCode.INVALID_REQUEST, errors=errors) from None


def _name(kind: type[BaseModel], message: str) -> str:
    return next((name for name, field in kind.model_fields.items() if message in {name, field.alias}), message)


def away(fault: BaseException) -> bool:
    """Whether the database or the network is to be blamed, and not this request."""
    if isinstance(fault, asyncpg.PostgresError) and (fault.sqlstate or "")[:2] in _REQUESTS_OWN:
        return False
    return isinstance(fault, AWAY)


@contextmanager
def or_refused() -> Iterator[None]:
    """What is away while a form is carried out is a rejection too, so that the form keeps what was typed."""
    try:
        yield
    except AWAY as fault:
        if not away(fault):
            raise
        raise RejectedError(RejectionCode.BUS_UNAVAILABLE) from fault
