"""An agency is founded on a mail domain that nobody else holds and that is no public mail provider's.

What it buys includes a seat of its first admin's type, since an Active admin holds a seat like anyone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from contracts import rejections
from contracts.rejections import Rejection
from contracts.vocabulary import MemberStatus, Quantities, Role, SeatType
from services.members.domain.agency import Agency, Member


class Claim(StrEnum):
    """How the claim to a domain ended, before the rule is asked: a domain is held by one agency at a time."""

    WON = "won"
    TAKEN = "taken"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Application:
    """An agency that somebody wants opened."""

    name: str
    domain: str
    admin_email: str
    admin_name: str
    admin_seat_type: SeatType
    buys: Quantities


@dataclass(frozen=True, slots=True)
class Found:
    """The agency stands. Its admin is seated when the account is open."""

    agency: Agency
    admin: Member


@dataclass(frozen=True, slots=True)
class Reject:
    """There will be no such agency. `agency` remembers that it was rejected."""

    agency: Agency
    rejection: Rejection


@dataclass(frozen=True, slots=True)
class Decided:
    """This agency was founded, or rejected, before. Nothing changes."""


def normal_domain(text: str) -> str:
    """A mail domain as it is compared: lower case, no blanks around it."""
    return text.strip().lower()


def found_agency(
    application: Application, claim: Claim | None, known: Agency | None, admin_id: UUID
) -> Found | Reject | Decided:
    """Decide an application. `claim` is how the claim to its domain ended; None only when the agency is known."""
    if known is not None:
        return Decided()
    agency = Agency(application.name, normal_domain(application.domain))
    rejected = Agency(agency.name, agency.domain, rejected=True)
    if claim is Claim.PUBLIC:
        return Reject(rejected, rejections.PublicDomain(agency.domain))
    if application.buys.of(application.admin_seat_type) < 1:
        no_seat = rejections.InvalidRequest(
            admin_seat_type=application.admin_seat_type, base=application.buys.base, voice=application.buys.voice
        )
        return Reject(rejected, no_seat)
    if claim is not Claim.WON:
        return Reject(rejected, rejections.DomainTaken(agency.domain))
    admin = Member(
        id=admin_id,
        email=application.admin_email.strip(),
        name=application.admin_name,
        seat_type=application.admin_seat_type,
        role=Role.ADMIN,
        status=MemberStatus.PENDING_LOGIN,
        waiting=True,
    )
    return Found(agency, admin)
