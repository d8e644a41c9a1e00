"""An auto-join domain is set by an admin whose own, proven address is on it; one agency holds it, and no mail provider.

A subdomain is another domain. Who signed up on the old one goes on as they were; sign-up follows the new one at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from contracts import rejections
from contracts.vocabulary import domain_of
from services.members.domain.admin_action import Reject, by_an_admin
from services.members.domain.agency import Agency, Member
from services.members.domain.found_agency import Claim, normal_domain

_DOMAIN = re.compile(r"[^@\s.]+(\.[^@\s.]+)+")


@dataclass(frozen=True, slots=True)
class Set:
    """It is the agency's domain. `before` is the one it had, the same when nothing was to be changed."""

    agency: Agency
    before: str


def is_domain(text: str) -> bool:
    """Whether this may be a mail domain: parts with dots between them, no blank, no @."""
    return _DOMAIN.fullmatch(text) is not None


def is_proven_by(domain: str, member: Member) -> bool:
    """Whether an admin with this address may set that domain."""
    return member.is_active_admin and domain_of(member.email) == domain


def set_domain(agency: Agency | None, actor: Member | None, text: str, claim: Claim | None) -> Set | Reject:
    """Decide a new domain. `claim` is how the agency's claim to it ended, None when no admin of it could prove it."""
    allowed = by_an_admin(agency, actor)
    if isinstance(allowed, Reject):
        return allowed
    domain = normal_domain(text)
    if not is_domain(domain):
        return Reject(rejections.InvalidRequest("domain"))
    if domain == allowed.domain:
        return Set(allowed, domain)
    if claim is Claim.PUBLIC:
        return Reject(rejections.PublicDomain(domain))
    proven = claim is not None and actor is not None and is_proven_by(domain, actor)
    if claim is not Claim.WON or not proven:
        return Reject(rejections.DomainTaken(domain) if proven else rejections.DomainNotProven(domain))
    return Set(replace(allowed, domain=domain), allowed.domain)
