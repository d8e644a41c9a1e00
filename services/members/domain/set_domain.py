"""An admin may set the auto-join domain of their own address, if it is not public and no other agency holds it.

A subdomain is another domain. Members who signed up on the old domain stay; new sign-ups follow the new domain at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from contracts import member_rejections
from contracts.vocabulary import domain_of
from services.members.domain.admin_action import Reject, by_an_admin
from services.members.domain.agency import Agency, Member
from services.members.domain.found_agency import Claim


@dataclass(frozen=True, slots=True)
class Set:
    """The agency has the domain. `before` is the earlier one, the same if nothing changed."""

    agency: Agency
    before: str


def is_proven_by(domain: str, member: Member) -> bool:
    """Whether the member is an Active admin whose address is on the domain."""
    return member.is_active_admin and domain_of(member.email) == domain


def set_domain(agency: Agency | None, actor: Member | None, domain: str, claim: Claim | None) -> Set | Reject:
    """Decide a new domain. `claim` is the result of the agency's claim, None if none of its admins could prove it."""
    allowed = by_an_admin(agency, actor)
    if isinstance(allowed, Reject):
        return allowed
    if domain == allowed.domain:
        return Set(allowed, domain)
    if claim is Claim.PUBLIC:
        return Reject(member_rejections.PublicDomain(domain))
    proven = claim is not None and actor is not None and is_proven_by(domain, actor)
    if claim is not Claim.WON or not proven:
        return Reject(member_rejections.DomainTaken(domain) if proven else member_rejections.DomainNotProven(domain))
    return Set(replace(allowed, domain=domain), allowed.domain)
