"""Forms are parsed with the API's own request types, so that a page accepts exactly what the API accepts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from contracts.vocabulary import RejectionCode
from database.postgres import AWAY
from services.gateway.api.problems import is_away
from services.gateway.domain.gateway_codes import FRESH_CODE_REQUIRED
from services.gateway.model.rejected import RejectedError
from services.gateway.texts.fields import ANY_OTHER_ON_PAGE, ON_PAGE

Body = TypeVar("Body", bound=BaseModel)


def parse(kind: type[Body], fields: Mapping[str, object]) -> Body:
    """The form as a request type; RejectedError `invalid_request` with a sentence for each field that is wrong."""
    try:
        return kind.model_validate({name: fields.get(name) for name in kind.model_fields if name in fields})
    except ValidationError as invalid:
        names = {_field_name(kind, str(error["loc"][0])) for error in invalid.errors() if error["loc"]}
        errors = {name: ON_PAGE.get(name, ANY_OTHER_ON_PAGE) for name in names}
        raise RejectedError(RejectionCode.INVALID_REQUEST, errors=errors) from None


def _field_name(kind: type[BaseModel], location: str) -> str:
    return next((name for name, field in kind.model_fields.items() if location in {name, field.alias}), location)


class FreshCodeNeededError(Exception):
    """The form can only be sent with a fresh code: `fresh_code.py` asks for the code, whatever the form is."""


class FailedError(Exception):
    """A request that failed on our side: `failures.py` offers the same request again, whatever the form is."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@contextmanager
def outages_raised() -> Iterator[None]:
    """Turn an outage of the database, the network or the bus into FailedError, which no form catches.

    A form that caught it would draw itself with a new key, and a second write could follow the first. A rejection for
    want of a fresh code becomes FreshCodeNeededError, which no form catches either.
    """
    try:
        yield
    except RejectedError as rejected:
        if rejected.code == FRESH_CODE_REQUIRED:
            raise FreshCodeNeededError from rejected
        if rejected.code == RejectionCode.BUS_UNAVAILABLE:
            raise FailedError(rejected.code) from rejected
        raise
    except AWAY as fault:
        if not is_away(fault):
            raise
        raise FailedError(RejectionCode.BUS_UNAVAILABLE) from fault
