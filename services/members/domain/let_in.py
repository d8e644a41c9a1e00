"""An admin buys seats for Blocked members and lets them in: no other link, since a login has proven their addresses.

Every named member must be Blocked still. Otherwise the price was for other people, and the command is rejected as a
stale quote is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts import billing_rejections
from contracts.vocabulary import MemberStatus
from services.members.domain.admin_action import Reject, by_an_admin
from services.members.domain.agency import Agency, Member


@dataclass(frozen=True, slots=True)
class BuySeats:
    """seats is to buy, and to assign a seat to each of these members."""

    members: tuple[Member, ...]


def let_in(
    agency: Agency | None, actor: Member | None, members: Mapping[UUID, Member], named: Sequence[UUID]
) -> BuySeats | Reject:
    """Decide a command for these members. A member who is named twice gets one seat."""
    allowed = by_an_admin(agency, actor)
    if isinstance(allowed, Reject):
        return allowed
    blocked = tuple(
        member
        for member in (members.get(member_id) for member_id in dict.fromkeys(named))
        if member is not None and member.status is MemberStatus.BLOCKED
    )
    if len(blocked) != len(set(named)):
        return Reject(billing_rejections.QuoteStale())
    return BuySeats(blocked)
