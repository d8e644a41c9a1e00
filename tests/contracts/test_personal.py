"""What is personal is declared by types: every text field of a contract is personal or listed here as not personal."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import pytest

from contracts.address import shown_address
from contracts.erasing import Subject, erased, erased_data, erased_text, personal_fields, values_of
from contracts.every_message import every_message
from contracts.gateway import SignedIn
from contracts.members import CorrectDetails, DetailsChanged, RecordLogin, SignUp
from contracts.members_agencies import SignBaa
from contracts.members_erasure import Erased
from contracts.members_invitations import Reinvited
from contracts.message import Message
from contracts.notifier import MailFailed
from contracts.personal import ERASED_NAME, Personal, erased_address, is_erased, replacement
from contracts.rejections import REJECTIONS
from tests.contracts.golden import golden

NIA = UUID("019a9f00-0000-7000-8000-00000000b002")
OTHER = UUID("019a9f00-0000-7000-8000-00000000b003")
NOT_PERSONAL = {
    "name": "of an agency, an API key, a product",
    "before": "an agency's former name",
    "agency_name": "of an agency",
    "domain": "an agency's mail domain",
    "sealed": "a secret without a name, which only its service opens",
    "payment_method": "an id at Stripe",
    "version": "of the BAA",
    "signed_version": "of the BAA",
    "currency": "of an amount",
    "id": "of an invoice at Stripe",
    "customer_id": "an id at Stripe: of the agency",
    "subscription_id": "an id at Stripe",
    "session": "an id",
    "command_id": "an id",
    "command_type": "of a message",
    "message_type": "of a message",
    "message_id": "a hash",
    "template": "of a mail",
    "code": "of a rejection",
    "decline_code": "Stripe's",
    "number": "of an invoice",
    "invoice_number": "of an invoice",
    "url": "Stripe's page of an invoice",
    "pdf_url": "Stripe's file of an invoice",
    "description": "Stripe's, of a line of an invoice",
    "locale": "a language",
    "interval": "month or year",
    "kind": "of an item at Stripe",
    "credential": "a kind of secret",
    "invitation": "a state",
    "limit": "the name of a limit",
    "field": "the name of a field",
    "current": "a value of a setting",
    "figures": "their own fields are looked at",
    "brand": "of the agency's card",
    "last4": "of the agency's card",
}
"""By name, the fields of text that say nothing about a person, and what they say."""


def texts(schema: Mapping[str, Any], node: Any, name: str) -> Iterator[str]:  # noqa: ANN401  JSON schema
    """The names of the fields of free text inside a schema."""
    match node:
        case {"$ref": str(reference)}:
            yield from texts(schema, schema["$defs"][reference.rpartition("/")[2]], name)
        case {"type": "string"} if not {"enum", "const", "format"} & node.keys():
            yield name
        case {"type": "object", "properties": dict(properties)}:
            for inner, field in properties.items():
                yield from texts(schema, field, inner)
        case {"type": "array", "items": items}:
            yield from texts(schema, items, name)
        case {"type": "object", "additionalProperties": dict(values)}:
            yield from texts(schema, values, name)
        case dict():
            for part in (*node.get("anyOf", ()), *node.get("oneOf", ())):
                yield from texts(schema, part, name)


def declared(places: Any) -> set[str]:  # noqa: ANN401  the tree of personal fields
    return {
        name
        for field, inner in places.items()
        for name in ({field} if isinstance(inner, Personal) else declared(inner))
    }


@pytest.mark.parametrize("name", sorted(every_message()))
def test_every_field_of_text_is_declared_personal_or_listed_as_not(name: str) -> None:
    model = every_message()[name]
    schema = model.model_json_schema()
    unknown = set(texts(schema, schema, name)) - declared(personal_fields(model)) - NOT_PERSONAL.keys()
    assert not unknown, f"{name}: give {sorted(unknown)} a personal type, or list it in NOT_PERSONAL with what it says."


def test_no_text_of_a_rejection_is_personal_but_a_signature_and_whose_invitations_are_too_many() -> None:
    found = {field for rejection in REJECTIONS.values() for field in personal_fields(rejection)}
    assert found == {"signer_name", "person"}


@pytest.mark.parametrize("name", sorted(every_message()))
def test_a_message_of_an_erased_person_is_still_read_and_has_the_same_fields(name: str) -> None:
    model, data = every_message()[name], golden(name).data
    found = list(values_of(model, data))
    mailboxes = frozenset(value for kind, value in found if kind is Personal.ADDRESS)
    subject = Subject(NIA, mailboxes, frozenset(value for kind, value in found if kind is Personal.SIGNER))
    without = erased_data(model, data, subject)
    read = json.loads(model.model_validate(without).model_dump_json())
    assert read.keys() == data.keys()
    if without is not data:
        assert {value for _, value in values_of(model, read)} <= {replacement(kind, NIA) for kind in Personal}


def sign_up(email: str) -> dict[str, Any]:
    return {"email": email, "name": "Nia", "seat_type": "base"}


def test_a_message_without_an_id_is_theirs_by_mailbox_or_by_signature() -> None:
    nia = Subject(NIA, frozenset({"nia@harbor.example"}), frozenset({"Nia Novak"}))
    theirs = erased_data(SignUp, sign_up("nia+x@harbor.example"), nia)
    assert (theirs["email"], theirs["name"]) == (erased_address(NIA), ERASED_NAME)
    other = sign_up("ada@harbor.example")
    assert erased_data(SignUp, other, nia) is other
    signed = {"signer_name": "Nia Novak", "signer_title": "Director", "version": "2026-11"}
    assert erased_data(SignBaa, signed, nia)["signer_name"] == ERASED_NAME
    by_another = signed | {"signer_name": "Ada Park"}
    assert erased_data(SignBaa, by_another, nia) is by_another


def test_a_message_about_somebody_else_stays_as_it_is() -> None:
    failed = MailFailed(template="removed", message_id="1", member_id=OTHER, reason="550 no such user")
    assert erased(failed, [NIA]) is failed
    gone = erased(failed, [OTHER, NIA])
    assert (gone.reason, gone.member_id) == ("erased", OTHER)
    assert erased(failed, []) is failed
    assert erased(Erased(member_id=OTHER), [OTHER]) == Erased(member_id=OTHER)


def test_fields_inside_fields_are_erased_and_missing_ones_stay_missing() -> None:
    data = golden(DetailsChanged.type).data
    without = erased_data(DetailsChanged, data, Subject(UUID(data["member_id"])))
    assert without["before"]["email"] == without["email"] == erased_address(UUID(data["member_id"]))
    login = {"member_id": str(NIA), "proof": "code", "pick": None}
    assert erased_data(RecordLogin, login, Subject(NIA)) == login
    short = {"member_id": str(NIA)}
    assert erased_data(CorrectDetails, short, Subject(NIA)) == short
    rejected = golden(Reinvited.type).data
    assert [kind for kind, _ in values_of(Reinvited, rejected)] in ([], [Personal.SIGNER])


def test_what_is_no_json_stays_as_it_is_and_a_message_without_personal_fields_too() -> None:
    assert erased_text(SignedIn, b"\xff{", [NIA]) == b"\xff{"
    assert erased_text(Erased, '{"member_id": 1}', [NIA]) == '{"member_id": 1}'
    assert erased_text(SignedIn, "[1]", [NIA]) == "[1]"


def test_no_address_of_an_erased_person_is_shown() -> None:
    assert is_erased(erased_address(NIA))
    assert not is_erased("nia@harbor.example")
    assert shown_address(erased_address(NIA)) == "a removed person"


def test_only_the_erasure_erases() -> None:
    assert Erased(member_id=NIA).erases == NIA
    models: list[type[Message]] = [model for model in every_message().values() if model is not Erased]
    assert all(model.model_construct().erases is None for model in models)
