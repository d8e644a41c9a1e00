"""From events to the members' rows, their invitation links and their API keys.

An event that is the outcome of a command also ends the operation that waits for it.
"""

from __future__ import annotations

from uuid import UUID

from chassis.actor import ActorContext
from contracts.erasing import Subject
from contracts.gateway import ApiKeyRevoked, IdleMailSet, Reminded, SignedIn, UseRecorded
from contracts.members import (
    Activated,
    Blocked,
    DetailsChanged,
    FirstLogin,
    LoginRecorded,
    PlanTypeChanged,
    Removed,
    RoleChanged,
    SignedUp,
    SignUpClaimed,
)
from contracts.members_erasure import Erased
from contracts.members_invitations import InviteAccepted, Invited
from contracts.members_requests import Approved
from contracts.notifier import MailFailed, MailSent
from contracts.personal import ERASED_NAME, erased_address
from contracts.seats import SeatsExchanged, SeatSwapped
from contracts.vocabulary import BlockedReason, MemberStatus, Role, SeatType
from hosting.erasure import begin
from services.gateway.domain.invitation_link import LinkState
from services.gateway.model.changes import AgencyChanges, NewMember, OpenedLink
from services.gateway.model.claims import Correction, NewClaim


def signed_up(changes: AgencyChanges, event: SignedUp, ctx: ActorContext) -> None:
    """Add a member in Pending login, who holds no seat."""
    member = changes.member(event.member_id)
    member.new = NewMember(event.email, event.name, Role.CLINICIAN, event.seat_type)
    member.status = MemberStatus.PENDING_LOGIN
    _claimed(changes, event, ctx)


def sign_up_claimed(changes: AgencyChanges, event: SignUpClaimed, ctx: ActorContext) -> None:
    """Add one more sign-up for the Pending login. The row stays as it is: no sign-up is proven."""
    _claimed(changes, event, ctx)


def _claimed(changes: AgencyChanges, event: SignedUp | SignUpClaimed, ctx: ActorContext) -> None:
    changes.claims.add(NewClaim(event.member_id, ctx.correlation_id, event.email, event.name, event.seat_type))
    changes.at = ctx.now
    changes.operation_done(ctx.correlation_id, event)


def details_changed(changes: AgencyChanges, event: DetailsChanged, ctx: ActorContext) -> None:
    """Set the member's details. The sign-ups for a Pending login take over what changed, or end with the address."""
    member, before = changes.member(event.member_id), event.before
    member.email, member.name, member.seat_type = event.email, event.name, event.seat_type
    if event.email != before.email:
        changes.claims.end(event.member_id)
    else:
        name = event.name if event.name != before.name else None
        seat_type = event.seat_type if event.seat_type is not before.seat_type else None
        changes.claims.correct(event.member_id, Correction(name, seat_type))
    changes.at = ctx.now
    changes.operation_done_about(ctx.correlation_id, event, event.member_id)


def invited(changes: AgencyChanges, event: Invited, ctx: ActorContext) -> None:
    """Set the member to Invited and open the newest link. A member who was known before may have another name now."""
    member = changes.member(event.member_id)
    if event.before is None:
        member.new = NewMember(event.email, event.name, event.role, event.seat_type)
    member.email, member.name = event.email, event.name
    member.role, member.seat_type = event.role, event.seat_type
    member.status = MemberStatus.INVITED
    member.plan_type = member.blocked_reason = None
    member.invited_at = ctx.published_at
    changes.claims.end(event.member_id)
    changes.open_link(event.invitation_id, OpenedLink(event.member_id, event.expires_at, ctx.actor.member_id))
    changes.at = ctx.now
    changes.operation_done_about(ctx.correlation_id, event, event.member_id)


def invite_accepted(changes: AgencyChanges, event: InviteAccepted, ctx: ActorContext) -> None:
    """Record the first login and close the member's links: seats decides about the seat next."""
    member = changes.member(event.member_id)
    member.first_login_at = member.last_seen_at = ctx.published_at
    changes.close_links(event.member_id, LinkState.USED)
    changes.at = ctx.now


def first_login(changes: AgencyChanges, event: FirstLogin, ctx: ActorContext) -> None:
    """Record the first login. From now on the member's address is the only one that is theirs."""
    member = changes.member(event.member_id)
    member.first_login_at = member.last_seen_at = ctx.published_at
    changes.claims.end(event.member_id)
    changes.at = ctx.now


def login_recorded(changes: AgencyChanges, event: LoginRecorded, ctx: ActorContext) -> None:
    """Record a later login, or the first one of an agency's first admin, who needs no capacity check."""
    member = changes.member(event.member_id)
    member.first_login_at = member.first_login_at or ctx.published_at
    member.last_seen_at = ctx.published_at
    changes.at = ctx.now
    changes.operation_done(ctx.correlation_id, event, event.member_id)


def mail_sent(changes: AgencyChanges, event: MailSent, ctx: ActorContext) -> None:
    """Clear the mark of a member to whom mail could not be delivered: this one was."""
    if event.member_id is not None:
        changes.mails[event.member_id] = None
        changes.at = ctx.now


def mail_failed(changes: AgencyChanges, event: MailFailed, ctx: ActorContext) -> None:
    """Mark the member to whom mail could not be delivered. A mail to the operator marks nobody."""
    if event.member_id is not None:
        changes.mails[event.member_id] = event.reason
        changes.at = ctx.now


def signed_in(changes: AgencyChanges, event: SignedIn, ctx: ActorContext) -> None:
    """Record when the member was last seen."""
    changes.member(event.member_id).last_seen_at = event.at
    changes.at = ctx.now


def use_recorded(changes: AgencyChanges, event: UseRecorded, ctx: ActorContext) -> None:
    """Record when members last used their seats."""
    for use in event.uses:
        member = changes.member(use.member_id)
        member.last_seen_at = max(use.at, member.last_seen_at or use.at)
    changes.at = ctx.now


def reminded(changes: AgencyChanges, event: Reminded, ctx: ActorContext) -> None:
    """Record when the member was reminded."""
    changes.member(event.member_id).reminded_at = ctx.published_at
    changes.at = ctx.now


def idle_mail_set(changes: AgencyChanges, event: IdleMailSet, ctx: ActorContext) -> None:
    """Record since when the admin wants the monthly mail about idle seats."""
    changes.idle_mails[event.member_id] = ctx.published_at if event.enabled else None


def activated(changes: AgencyChanges, event: Activated, ctx: ActorContext) -> None:
    """Set the member to Active, in a seat of that type."""
    member = changes.member(event.member_id)
    member.status = MemberStatus.ACTIVE
    member.blocked_reason = None
    member.plan_type = member.seat_type = event.seat_type
    member.role = event.role
    changes.close_links(event.member_id, LinkState.USED)
    changes.parts.add("seats")
    changes.at = ctx.now
    if event.before is MemberStatus.REMOVED:
        changes.operation_done_about(ctx.correlation_id, event, event.member_id)
    else:
        changes.operation_done(ctx.correlation_id, event, event.member_id)


def blocked(changes: AgencyChanges, event: Blocked, ctx: ActorContext) -> None:
    """Set the member to Blocked: no seat was available."""
    member = changes.member(event.member_id)
    member.status = MemberStatus.BLOCKED
    member.blocked_reason, member.blocked_detail = event.reason, event.detail
    member.plan_type = None
    member.seat_type = event.seat_type
    changes.at = ctx.now
    if event.reason is BlockedReason.REQUEST_DECLINED:
        changes.operation_done_about(ctx.correlation_id, event, event.member_id)
    else:
        changes.operation_done(ctx.correlation_id, event, event.member_id)


def approved(changes: AgencyChanges, event: Approved, ctx: ActorContext) -> None:
    """End the admin's operation. `activated` follows once seats has assigned the seat."""
    changes.at = ctx.now
    changes.operation_done_about(ctx.correlation_id, event, event.member_id)


def seat_swapped(changes: AgencyChanges, event: SeatSwapped, ctx: ActorContext) -> None:
    """Give the Active member a seat of the other type, from the next request on."""
    _reseat(changes, event.member_id, event.seat_type, ctx)
    changes.operation_done_about(ctx.correlation_id, event, event.member_id)


def seats_exchanged(changes: AgencyChanges, event: SeatsExchanged, ctx: ActorContext) -> None:
    """Give each Active member the seat of the exchange, from the next request on."""
    for move in event.moves:
        _reseat(changes, move.member_id, move.seat_type, ctx)
    changes.operation_done_with(ctx.correlation_id, event)


def plan_type_changed(changes: AgencyChanges, event: PlanTypeChanged, ctx: ActorContext) -> None:
    """Set the same type again, in the order in which members decides.

    seats assigns a seat before members activates its holder. A swap that arrives before `activated` therefore changes
    nothing, and this event, which members publishes after it, does.
    """
    _reseat(changes, event.member_id, event.plan_type, ctx)


def _reseat(changes: AgencyChanges, member_id: UUID, seat_type: SeatType, ctx: ActorContext) -> None:
    member = changes.member(member_id)
    if member.status is None:
        member.swapped = seat_type
    elif member.status is MemberStatus.ACTIVE:
        member.plan_type = member.seat_type = seat_type
    changes.parts.add("seats")
    changes.at = ctx.now


def role_changed(changes: AgencyChanges, event: RoleChanged, ctx: ActorContext) -> None:
    """Change the member's role from the next request on. The API keys of a former admin end."""
    changes.member(event.member_id).role = event.role
    if event.role is not Role.ADMIN:
        _end_api_keys(changes, event.member_id, ctx)
    changes.at = ctx.now
    changes.operation_done_about(ctx.correlation_id, event, event.member_id)


def removed(changes: AgencyChanges, event: Removed, ctx: ActorContext) -> None:
    """Set the member to Removed, and end the member's sessions, API keys and links."""
    member = changes.member(event.member_id)
    member.status = MemberStatus.REMOVED
    # A swap that seats made in the same moment may have arrived before; members decides which type is kept for an undo.
    member.seat_type = event.plan_type or member.seat_type
    member.plan_type = member.blocked_reason = None
    member.removed_at = ctx.now
    member.undo_until = event.undo_until
    changes.claims.end(event.member_id)
    changes.close_links(event.member_id, LinkState.ENDED)
    _end_api_keys(changes, event.member_id, ctx)
    changes.parts.add("seats")
    changes.at = ctx.now
    changes.operation_done(ctx.correlation_id, event)


def erased(changes: AgencyChanges, event: Erased, ctx: ActorContext) -> None:
    """Leave name and address out of the member's row, which stays. A task erases the rest."""
    member = changes.member(event.member_id)
    member.email, member.name = erased_address(event.member_id), ERASED_NAME
    member.status, member.undo_until = MemberStatus.REMOVED, None
    changes.erased[event.member_id] = ctx.published_at
    changes.claims.end(event.member_id)
    changes.at = ctx.now
    changes.operation_done(ctx.correlation_id, event)
    begin(ctx, Subject(event.member_id))


def _end_api_keys(changes: AgencyChanges, member_id: UUID, ctx: ActorContext) -> None:
    """End the keys that this admin made: a key has the rights of its admin, so it ends with them."""
    for key in changes.api_keys.end_all_of(member_id):
        ctx.publish(ApiKeyRevoked(key_id=key.id, name=key.name))
