"""What members says, as sentences: who joined, was invited, was let in, Blocked or removed, and by whom."""

from __future__ import annotations

from typing import assert_never

from contracts import members
from contracts.vocabulary import Actor, BlockedReason, MemberStatus, Role, SeatType
from services.gateway.activity.people import People, name_of, whom
from services.gateway.activity.told import OfMembers


def sentence(fact: OfMembers, actor: Actor, people: People) -> str:  # noqa: C901, PLR0911, PLR0912  one sentence a fact
    """The line's sentence. `people` are the members that the actor and the fact name."""
    who = name_of(actor, people)
    match fact:
        case members.AgencyFounded():
            domain, admin = fact.domain, fact.admin_email
            return f"{who} opened {fact.name} with the auto-join domain {domain}; {admin} is its first admin"
        case members.SignedUp():
            return f"{fact.email} signed up for a {fact.seat_type.label} seat"
        case members.SignUpRefused():
            return f"{fact.email} signed up again, but was removed: only an invitation lets them back in"
        case members.Activated():
            return _activated(fact, whom(fact.member_id, people), logged_in=actor.member_id == fact.member_id)
        case members.Blocked():
            return f"{whom(fact.member_id, people)} was Blocked: {_why_blocked(fact.reason, fact.seat_type)}"
        case members.RoleChanged():
            if fact.member_id == actor.member_id:
                return f"{who} became {_as_role(fact.role)}, by their own choice"
            return f"{who} made {whom(fact.member_id, people)} {_as_role(fact.role)}"
        case members.Removed():
            return f"{who} removed {whom(fact.member_id, people)}{_given_up(fact)}"
        case members.Invited():
            how = _invited_how(fact.before)
            return f"{who} invited {fact.email}{how}, as {_as_role(fact.role)}, to a {fact.seat_type.label} seat"
        case members.InviteAccepted():
            return f"{whom(fact.member_id, people)} accepted the invitation to a {fact.seat_type.label} seat"
        case members.DomainChanged():
            return f"{who} changed the auto-join domain from {fact.before} to {fact.domain}"
        case members.BaaSigned():
            return f"{who} signed the BAA, version {fact.version}, as {fact.signer_name}, {fact.signer_title}"
        case never:
            assert_never(never)


def _activated(fact: members.Activated, them: str, *, logged_in: bool) -> str:
    if fact.before is MemberStatus.PENDING_LOGIN and logged_in:
        return f"{them} logged in for the first time and is Active in a {fact.seat_type.label} seat"
    if fact.before is MemberStatus.BLOCKED:
        return f"{them} is no longer Blocked, and Active in a {fact.seat_type.label} seat"
    return f"{them} is Active in a {fact.seat_type.label} seat"


def _why_blocked(reason: BlockedReason, seat_type: SeatType) -> str:
    match reason:
        case BlockedReason.NO_SEAT_AVAILABLE:
            return f"no {seat_type.label} seat was free"
        case BlockedReason.PAYMENT_DECLINED:
            return f"the card was declined, so no {seat_type.label} seat was bought"
        case BlockedReason.PAST_DUE:
            return f"an invoice is unpaid, so no {seat_type.label} seat was bought"
        case BlockedReason.SEATS_REDUCED_ELSEWHERE:
            return "the seats were reduced at Stripe below the Active members"
        case never:
            assert_never(never)


def _as_role(role: Role) -> str:
    return "an admin" if role is Role.ADMIN else "a clinician"


def _given_up(fact: members.Removed) -> str:
    if fact.plan_type is not None:
        return f": their {fact.plan_type.label} seat is freed and stays purchased"
    match fact.before:
        case MemberStatus.ACTIVE:
            return ": their seat is freed and stays purchased"
        case MemberStatus.INVITED | MemberStatus.PENDING_LOGIN | MemberStatus.BLOCKED | MemberStatus.REMOVED:
            return f", who was {_status(fact.before)}"
        case never:
            assert_never(never)


def _status(status: MemberStatus) -> str:
    return status.value.replace("_", " ").capitalize()


def _invited_how(before: MemberStatus | None) -> str:
    if before is None or before is MemberStatus.PENDING_LOGIN:
        return ""
    return " back" if before is MemberStatus.REMOVED else " anew"
