"""Sentences for the events of members: joined, invited, Active, Blocked, removed; roles, the domain and the BAA."""

from __future__ import annotations

from typing import assert_never

from contracts import members, members_agencies, members_erasure, members_invitations, members_requests, moving_line
from contracts.address import shown_address, shown_domain
from contracts.moments import exact
from contracts.vocabulary import (
    Actor,
    BaaStage,
    BlockedReason,
    MemberStatus,
    RejectionCode,
    Role,
    SeatShortage,
    StripeFault,
)
from contracts.wording import isolated, no_seat, not_bought
from services.gateway.model.activity import People
from services.gateway.model.logged_events import OfMembers
from services.gateway.texts import payments
from services.gateway.texts.activity.people import name_of, whom
from services.gateway.texts.members import status_label


def sentence(event: OfMembers, actor: Actor, people: People) -> str:  # noqa: C901, PLR0911, PLR0912  one sentence for each event
    """The sentence of the event's line. `people` holds the members that the actor and the event name."""
    name = name_of(actor, people)
    match event:
        case members_agencies.AgencyFounded():
            domain, admin = isolated(shown_domain(event.domain)), isolated(shown_address(event.admin_email))
            return (
                f"{name} opened {isolated(event.name)} with the auto-join domain {domain}; {admin} is its first admin"
            )
        case members.SignedUp():
            return f"{isolated(shown_address(event.email))} signed up for a {event.seat_type.label} seat"
        case members.DetailsChanged():
            return _details_changed(event, name, whom(event.member_id, people), actor)
        case members.SignUpRejected():
            who = isolated(shown_address(event.email))
            return f"{who} signed up again, but was removed: only an invitation lets them back in"
        case members.Activated() if event.before is MemberStatus.REMOVED:
            them = whom(event.member_id, people)
            return f"{name} undid the removal of {them}, who is Active again in a {event.seat_type.label} seat"
        case members.Activated():
            return _activated(event, whom(event.member_id, people), logged_in=actor.member_id == event.member_id)
        case members.Blocked() if event.reason is BlockedReason.REQUEST_DECLINED and actor.member_id is not None:
            note = f": “{isolated(event.note)}”" if event.note else ""
            return f"{name} declined the request of {whom(event.member_id, people)}{note}"
        case members_requests.Approved():
            return f"{name} approved {whom(event.member_id, people)} for a free {event.seat_type.label} seat"
        case moving_line.MovingLineSet():
            moves = "gets free seats by itself" if event.enabled else "waits for an admin"
            return f"{name} set that the line of blocked people {moves}"
        case members.Blocked():
            return f"{whom(event.member_id, people)} was Blocked: {_why_blocked(event)}"
        case members.RoleChanged():
            if event.member_id == actor.member_id:
                return f"{name} became {_as_role(event.role)}, by their own choice"
            return f"{name} made {whom(event.member_id, people)} {_as_role(event.role)}"
        case members.Removed() if event.before is MemberStatus.INVITED:
            return f"{name} canceled the invitation of {whom(event.member_id, people)}"
        case members.Removed():
            return f"{name} removed {whom(event.member_id, people)}{_given_up(event)}"
        case members_erasure.Erased():
            return f"{name} erased the name and the addresses of {whom(event.member_id, people)}"
        case members_invitations.Invited():
            how, guest = _invited_how(event.before), isolated(shown_address(event.email))
            return f"{name} invited {guest}{how}, as {_as_role(event.role)}, to a {event.seat_type.label} seat"
        case members_invitations.InviteAccepted():
            return f"{whom(event.member_id, people)} accepted the invitation to a {event.seat_type.label} seat"
        case members_agencies.DomainChanged():
            before, after = isolated(shown_domain(event.before)), isolated(shown_domain(event.domain))
            return f"{name} changed the auto-join domain from {before} to {after}"
        case members_agencies.AgencyRenamed():
            return f"{name} renamed the agency from {isolated(event.before)} to {isolated(event.name)}"
        case members_agencies.BaaSigned():
            signer, title = isolated(event.signer_name), isolated(event.signer_title)
            return f"{name} signed the BAA, version {event.version}, as {signer}, {title}"
        case members_agencies.BaaOutdated():
            return _baa_outdated(event)
        case never:
            assert_never(never)


def _baa_outdated(event: members_agencies.BaaOutdated) -> str:
    if event.stage is BaaStage.LAPSED:
        return f"Admin actions were locked: version {event.version} of the BAA is not signed yet"
    return f"Version {event.version} of the BAA is to be signed by {exact(event.sign_by)}"


def _details_changed(event: members.DetailsChanged, name: str, them: str, actor: Actor) -> str:
    before = event.before
    changed = [
        f"{what} from {old} to {new}"
        for what, old, new in (
            ("name", isolated(before.name), isolated(event.name)),
            ("address", isolated(shown_address(before.email)), isolated(shown_address(event.email))),
            ("seat type", before.seat_type.label, event.seat_type.label),
        )
        if old != new
    ]
    if actor.member_id == event.member_id:
        return f"{them} changed their {', '.join(changed)}"
    return f"{name} corrected the {', '.join(changed)} of {them}"


def _activated(event: members.Activated, them: str, *, logged_in: bool) -> str:
    if event.before is MemberStatus.PENDING_LOGIN and logged_in:
        return f"{them} logged in for the first time and is Active in a {event.seat_type.label} seat"
    if event.before is MemberStatus.BLOCKED:
        return f"{them} is no longer Blocked, and Active in a {event.seat_type.label} seat"
    return f"{them} is Active in a {event.seat_type.label} seat"


def _why_blocked(event: members.Blocked) -> str:  # noqa: PLR0911  one clause for each reason
    seat_type, detail = event.seat_type, event.detail
    match event.reason:
        case BlockedReason.NO_SEAT_AVAILABLE:
            return f"no {seat_type.label} seat was free"
        case BlockedReason.AUTO_ADD_LIMIT:
            return f"no {seat_type.label} seat was free, and Auto-Add was at its limit"
        case BlockedReason.AWAITING_APPROVAL:
            return f"an admin approves each {seat_type.label} seat"
        case BlockedReason.REQUEST_DECLINED:
            return "the request was declined"
        case BlockedReason.PAYMENT_DECLINED | BlockedReason.PAYMENT_ACTION_REQUIRED | BlockedReason.PAST_DUE:
            return f"{payments.clause(RejectionCode(event.reason))}, so no {seat_type.label} seat was bought"
        case BlockedReason.BILLING_UNAVAILABLE:
            return not_bought(detail if isinstance(detail, StripeFault) else None)
        case BlockedReason.SEATS_REDUCED_ELSEWHERE:
            return no_seat(detail if isinstance(detail, SeatShortage) else SeatShortage.LOWERED, seat_type)
        case never:
            assert_never(never)


def _as_role(role: Role) -> str:
    return "an admin" if role is Role.ADMIN else "a clinician"


def _given_up(event: members.Removed) -> str:
    if event.plan_type is not None:
        return f": their {event.plan_type.label} seat is freed and stays purchased"
    match event.before:
        case MemberStatus.ACTIVE:
            return ": their seat is freed and stays purchased"
        case MemberStatus.INVITED | MemberStatus.PENDING_LOGIN | MemberStatus.BLOCKED | MemberStatus.REMOVED:
            return f", who was {status_label(event.before)}"
        case never:
            assert_never(never)


def _invited_how(before: MemberStatus | None) -> str:
    if before is None or before is MemberStatus.PENDING_LOGIN:
        return ""
    return " back" if before is MemberStatus.REMOVED else " anew"
