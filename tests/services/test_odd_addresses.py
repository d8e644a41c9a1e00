"""Each of two thousand odd addresses is the same at the edge, as the key and as the recipient, or rejected by all."""

from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import idna
import pytest
from pydantic import TypeAdapter, ValidationError

from contracts.address import EmailAddress, shown_address
from contracts.members import SignUp
from contracts.vocabulary import MemberStatus, Role, SeatType, mailbox_of
from services.gateway.api.schemas.agencies import AddAdminIn
from services.gateway.api.schemas.members import InviteIn
from services.gateway.api.schemas.sign_in import LoginCodeIn, SignUpIn
from services.gateway.model.rejected import RejectedError
from services.gateway.pages import forms
from services.members.domain.agency import Member
from services.notifier.clients.smtp import envelope_of
from services.notifier.mails.branding import branding
from services.notifier.mails.rendering import Renderer
from services.notifier.mails.samples import LOGIN_CODE
from tests.support.odd_addresses import ATEXT, odd_addresses

ADDRESSES = odd_addresses(2000, seed=13)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RENDERER = Renderer(branding("Headcount <no-reply@mail.example>", "https://seats.example"))
MEMBER_ID = UUID(int=7)
ON_THE_BUS = TypeAdapter(EmailAddress)


def at_the_edge(text: str) -> set[str | None]:
    """What the entrances make of a text: the calls, the pages, the bus and the operator's; None for a rejection."""
    person = {"name": "Nora", "seat_type": "base", "email": text}
    return {
        *(_accepted(kind.model_validate, person) for kind in (LoginCodeIn, SignUpIn, InviteIn, AddAdminIn, SignUp)),
        *(_accepted(partial(forms.parse, kind), person) for kind in (LoginCodeIn, SignUpIn, InviteIn)),
        _accepted(lambda fields: Entrance(ON_THE_BUS.validate_python(fields["email"])), person),
    }


class Entrance(NamedTuple):
    """An address that an entrance has accepted."""

    email: str


def _accepted(parse: Callable[[dict[str, str]], Any], fields: dict[str, str]) -> str | None:
    try:
        return str(parse(fields).email)
    except (ValidationError, RejectedError):
        return None


def _stored() -> dict[str, str]:
    made = {text: _accepted(LoginCodeIn.model_validate, {"email": text}) for text in ADDRESSES}
    return {text: address for text, address in made.items() if address is not None}


ACCEPTED = _stored()


def test_every_entrance_makes_the_same_of_an_address_or_rejects_it() -> None:
    assert {text: made for text in ADDRESSES if len(made := at_the_edge(text)) != 1} == {}


def test_the_suite_has_many_addresses_of_both_sorts() -> None:
    assert len(set(ADDRESSES)) > 1900
    assert len(ACCEPTED) > 400
    assert len(ADDRESSES) - len(ACCEPTED) > 800
    assert sum("xn--" in address for address in ACCEPTED.values()) > 30


@pytest.mark.parametrize("chunk", range(4))
def test_the_key_is_the_recipient_of_the_header_and_of_the_envelope(chunk: int) -> None:
    for address in sorted(set(ACCEPTED.values()))[chunk::4]:
        key = Member(MEMBER_ID, address, "Nora", SeatType.BASE, Role.CLINICIAN, MemberStatus.PENDING_LOGIN).email
        message = RENDERER.message(LOGIN_CODE, to=key, message_id="<1@mail.example>", at=NOW)
        assert envelope_of(message)[1] == key
        received = message_from_bytes(message.as_bytes(), policy=policy.SMTP)
        [recipient] = received["To"].addresses
        assert recipient.addr_spec == key
        assert received["Bcc"] is None


def test_a_stored_address_is_plain_ascii_and_stands_for_itself() -> None:
    for address in set(ACCEPTED.values()):
        local, _, domain = address.rpartition("@")
        assert address.isascii()
        assert address == address.lower()
        assert set(local) <= set(ATEXT) | {"."}
        assert idna.encode(idna.decode(domain)).decode() == domain
        assert at_the_edge(address) == {address}
        assert at_the_edge(shown_address(address)) == {address}, "what people see is accepted again"


def test_a_mailbox_folds_once_and_never_to_nothing() -> None:
    for address in set(ACCEPTED.values()):
        mailbox = mailbox_of(address)
        assert mailbox_of(mailbox) == mailbox
        assert not mailbox.startswith("@")
