"""Erase a person from a message: every personal field of a message that names them, by id, address or signature.

A message is erased as a whole: none names two people and has names of both. The result is a valid message of the same
type, with the same ids, so that it can be published again and its order and its counts stay.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from pydantic import BaseModel

from contracts.message import Message, Rejected
from contracts.personal import Personal, replacement
from contracts.rejections import REJECTIONS
from contracts.vocabulary import mailbox_of

Places = Personal | Mapping[str, Any]
"""The personal fields inside a value: its own kind, or by name those of its fields, through lists and unions."""
_NOBODY = UUID(int=0)
AnyMessage = TypeVar("AnyMessage", bound=Message)


@dataclass(frozen=True, slots=True)
class Subject:
    """The person to erase. A message without their id is theirs if it has one of these mailboxes or signatures."""

    person_id: UUID
    mailboxes: frozenset[str] = frozenset()
    signatures: frozenset[str] = frozenset()


def personal_fields(model: Any) -> Mapping[str, Places]:  # noqa: ANN401  a model, or the dataclass of a rejection
    """The personal fields of a message's model, by name."""
    return _personal_fields(model)


@cache
def _personal_fields(model: type) -> Mapping[str, Places]:
    if issubclass(model, BaseModel):
        found = {name: _places(_hint(info)) for name, info in model.model_fields.items()}
    else:
        found = {name: _places(hint) for name, hint in get_type_hints(model, include_extras=True).items()}
    if issubclass(model, Rejected):
        found["figures"] = _merged(personal_fields(rejection) for rejection in REJECTIONS.values())
    return {name: places for name, places in found.items() if places}


def _hint(info: Any) -> Any:  # noqa: ANN401  a type, as Pydantic keeps it
    kinds = [part for part in info.metadata if isinstance(part, Personal)]
    return Annotated[info.annotation, kinds[0]] if kinds else info.annotation


def _places(hint: Any) -> Places | None:  # noqa: ANN401  any type
    if get_origin(hint) is Annotated:
        inner, *metadata = get_args(hint)
        return next((part for part in metadata if isinstance(part, Personal)), None) or _places(inner)
    if get_origin(hint) in {Union, UnionType, tuple, list, dict}:
        several = [places for part in get_args(hint) if (places := _places(part))]
        return next((places for places in several if isinstance(places, Personal)), None) or _merged(several)
    if isinstance(hint, type) and (dataclasses.is_dataclass(hint) or issubclass(hint, BaseModel)):
        return personal_fields(hint)
    return None


def _merged(several: Any) -> dict[str, Places]:  # noqa: ANN401  an iterable of mappings
    return {name: places for mapping in several for name, places in mapping.items()}


def erased_data(model: type[Message], data: Any, subject: Subject) -> Any:  # noqa: ANN401  JSON
    """The data of a message as JSON without the person; the same object if it is none of theirs."""
    places = personal_fields(model)
    if not places or not _is_theirs(places, data, subject):
        return data
    return _without(places, data, subject.person_id)


def values_of(model: type[Message], data: Any) -> Iterator[tuple[Personal, str]]:  # noqa: ANN401  JSON
    """The personal values in the data of a message as JSON, with the kind of each."""
    return _values(personal_fields(model), data)


def erased_text(model: type[Message], text: str | bytes, ids: Collection[UUID]) -> str | bytes:
    """The data of a message as the bus has it, without these people; the same object if it is none of theirs."""
    if not ids or not personal_fields(model):
        return text
    try:
        data = json.loads(text)
    except ValueError:
        return text
    theirs = next((gone for gone in ids if _names(data, gone)), None)
    if theirs is None:
        return text
    return json.dumps(erased_data(model, data, Subject(theirs)), separators=(",", ":"), ensure_ascii=False)


def erased(message: AnyMessage, ids: Collection[UUID]) -> AnyMessage:
    """A message without any of these people; the same object if it is none of theirs."""
    if not ids or not personal_fields(type(message)):
        return message
    text = message.model_dump_json()
    without = erased_text(type(message), text, ids)
    return message if without is text else type(message).model_validate_json(without)


def without_names(model: type[Message], data: Any) -> Any:  # noqa: ANN401  JSON
    """The data of a message as JSON with nothing personal in it: the same before and after an erasure."""
    return _without(personal_fields(model), data, _NOBODY)


def _is_theirs(places: Mapping[str, Places], data: Any, subject: Subject) -> bool:  # noqa: ANN401  JSON
    if _names(data, subject.person_id):
        return True
    for kind, value in _values(places, data):
        if kind is Personal.ADDRESS and mailbox_of(value) in subject.mailboxes:
            return True
        if kind is Personal.SIGNER and value in subject.signatures:
            return True
    return False


def _names(data: Any, person_id: UUID) -> bool:  # noqa: ANN401  JSON
    """Whether an id stands anywhere in the data, as a whole value."""
    match data:
        case str():
            return data == str(person_id)
        case dict():
            return any(_names(value, person_id) for value in data.values())
        case list():
            return any(_names(value, person_id) for value in data)
        case _:
            return False


def _values(places: Places, data: Any) -> Iterator[tuple[Personal, str]]:  # noqa: ANN401  JSON
    match data:
        case list():
            for value in data:
                yield from _values(places, value)
        case dict() if not isinstance(places, Personal):
            for name, inner in places.items():
                yield from _values(inner, data.get(name))
        case str() if isinstance(places, Personal):
            yield places, data


def _without(places: Places, data: Any, person_id: UUID) -> Any:  # noqa: ANN401  JSON
    match data:
        case list():
            return [_without(places, value, person_id) for value in data]
        case dict() if not isinstance(places, Personal):
            return data | {
                name: _without(inner, data[name], person_id) for name, inner in places.items() if name in data
            }
        case str() if isinstance(places, Personal):
            return replacement(places, person_id)
        case _:
            return data
