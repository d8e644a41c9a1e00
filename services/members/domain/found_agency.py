"""An agency is founded on a mail domain that no other agency holds and that is not a public mail provider's.

The agency buys at least one seat of its first admin's type, because an Active admin holds a seat like any member.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from contracts import member_rejections, request_rejections
from contracts.rejections import Rejection
from contracts.vocabulary import MemberStatus, Quantities, Role, SeatType
from services.members.domain.agency import Agency, Member


class Claim(StrEnum):
    """The result of the store's claim to a domain. One agency at a time holds a domain."""

    WON = "won"
    TAKEN = "taken"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Application:
    """The agency that the operator wants to open."""

    name: str
    domain: str
    admin_email: str
    admin_name: str
    admin_seat_type: SeatType
    buys: Quantities


@dataclass(frozen=True, slots=True)
class Found:
    """The agency exists. Its admin gets a seat when the account is open."""

    agency: Agency
    admin: Member


@dataclass(frozen=True, slots=True)
class Reject:
    """The agency is not opened. `agency` records the rejection."""

    agency: Agency
    rejection: Rejection


@dataclass(frozen=True, slots=True)
class Decided:
    """This agency was founded or rejected before, so nothing changes."""


def found_agency(
    application: Application, claim: Claim | None, known: Agency | None, admin_id: UUID
) -> Found | Reject | Decided:
    """Decide an application. `claim` is the result of the claim to its domain, None only for a known agency."""
    if known is not None:
        return Decided()
    agency = Agency(application.name, application.domain)
    rejected = Agency(agency.name, agency.domain, rejected=True)
    if claim is Claim.PUBLIC:
        return Reject(rejected, member_rejections.PublicDomain(agency.domain))
    if application.buys.of(application.admin_seat_type) < 1:
        no_seat = request_rejections.InvalidRequest(
            admin_seat_type=application.admin_seat_type, base=application.buys.base, voice=application.buys.voice
        )
        return Reject(rejected, no_seat)
    if claim is not Claim.WON:
        return Reject(rejected, member_rejections.DomainTaken(agency.domain))
    admin = Member(
        id=admin_id,
        email=application.admin_email,
        name=application.admin_name,
        seat_type=application.admin_seat_type,
        role=Role.ADMIN,
        status=MemberStatus.PENDING_LOGIN,
        waiting=True,
    )
    return Found(agency, admin)
