"""Rejections about members, and about the agency's auto-join domain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from contracts.personal import Personal
from contracts.rejection_base import OfCode
from contracts.vocabulary import MemberStatus, RejectionCode

# Members


class UnknownMember(OfCode):
    """The agency has no such member."""

    code = RejectionCode.UNKNOWN_MEMBER


class LastAdmin(OfCode):
    """The action would leave the agency without an Active admin."""

    code = RejectionCode.LAST_ADMIN


@dataclass(frozen=True)
class AlreadyMember(OfCode):
    """The address belongs to a member already."""

    code = RejectionCode.ALREADY_MEMBER
    status: MemberStatus
    member_id: UUID


@dataclass(frozen=True)
class WrongStatus(OfCode):
    """The member, the agency, or its BAA is in a status that does not allow the action.

    `waits` is 1 while the member waits for a seat. `requested` names the action where the advice depends on it; HTTP
    clients see that name. `agency` tells an agency that never existed from one whose opening was rejected.
    `signer_name` and `signed_at` are those of the BAA's signature that stands.
    """

    code = RejectionCode.WRONG_STATUS
    status: MemberStatus | None = None
    waits: Literal[1] | None = None
    requested: (
        Literal["reinvite", "email", "seat_type", "undo_removal", "cancel_invitation", "erase", "approve", "decline"]
        | None
    ) = None
    agency: Literal["unknown", "refused"] | None = None
    signer_name: Annotated[str | None, Personal.SIGNER] = None
    signed_at: datetime | None = None


@dataclass(frozen=True)
class DomainTaken(OfCode):
    """Another agency holds the auto-join domain."""

    code = RejectionCode.DOMAIN_TAKEN
    domain: str


@dataclass(frozen=True)
class PublicDomain(OfCode):
    """Anybody can get an address on this domain, so no agency may hold it."""

    code = RejectionCode.PUBLIC_DOMAIN
    domain: str


@dataclass(frozen=True)
class DomainNotProven(OfCode):
    """The admin's own address is not on the domain."""

    code = RejectionCode.DOMAIN_NOT_PROVEN
    domain: str


@dataclass(frozen=True)
class DomainNotAutoJoin(OfCode):
    """The address is not on the agency's auto-join domain. `domain` is that domain, None when there is no agency."""

    code = RejectionCode.DOMAIN_NOT_AUTO_JOIN
    domain: str | None = None
