"""The handlers of members, and the table of all of them.

Those about an agency itself are in `agencies.py`, those about invitations in `invitations.py`, those about a member's
details in `corrections.py`, those about removals in `removing.py`, and those that let Blocked members in in
`letting_in.py`. `moving_line.py` has the line that moves by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never
from uuid import UUID

from chassis.actor import ActorContext, Handler
from contracts import (
    member_rejections,
    members_agencies,
    members_erasure,
    members_invitations,
    members_requests,
    moving_line,
)
from contracts import members as messages
from contracts.billing import AccountRejected
from contracts.message import Message
from contracts.seat_policies import SeatPoliciesSet
from contracts.seats import (
    CapacityChanged,
    SeatAssigned,
    SeatDenied,
    SeatReleased,
    SeatsCommandRejected,
    SeatsExchanged,
    SeatSwapped,
)
from contracts.seats_purchases import SeatsAdjusted
from contracts.vocabulary import SeatType
from services.members import removing
from services.members.agencies import on_account_rejected, on_found_agency, on_rename_agency, on_set_domain, on_sign_baa
from services.members.corrections import details_changed, on_correct_details, pick_of
from services.members.domain import (
    accept_invite,
    activation,
    admin_action,
    capacity,
    change_role,
    first_login,
    pick,
    plan_type,
    remove,
    sign_up,
)
from services.members.domain.agency import Member
from services.members.invitations import accept, on_accept_invite, on_add_admin, on_invite, on_reinvite
from services.members.letting_in import on_change_rejected, on_let_in, on_seats_adjusted
from services.members.moving_line import moving_the_line, on_seat_policies_set, on_set_moving_line
from services.members.requests import on_approve, on_decline
from services.members.state import Roster
from services.members.store_needs import FREES_A_SEAT


def on_sign_up(roster: Roster, command: messages.SignUp, ctx: ActorContext) -> None:
    """Enter a person who signs up on the auto-join domain as a Pending login, or publish one more claim to it."""
    known = roster.by_mailbox(command.email)
    match sign_up.sign_up(roster.agency, known, command.email, command.name, command.seat_type, ctx.new_id()):
        case sign_up.Enter(member):
            roster.enter(member)
            ctx.publish(
                messages.SignedUp(member_id=member.id, email=member.email, name=member.name, seat_type=member.seat_type)
            )
        case sign_up.Claim(member):
            name, seat_type = command.name, command.seat_type
            ctx.publish(
                messages.SignUpClaimed(member_id=member.id, email=command.email, name=name, seat_type=seat_type)
            )
        case sign_up.Known(member):
            ctx.publish(messages.SignUpRejected(member_id=member.id, email=command.email, status=member.status))
        case sign_up.OtherDomain(auto_join):
            ctx.reject(member_rejections.DomainNotAutoJoin(auto_join))
        case never:
            assert_never(never)


def on_record_login(roster: Roster, command: messages.RecordLogin, ctx: ActorContext) -> None:
    """Record a proven login. The first login of a member starts the capacity check, with the pick of the person."""
    before, proven = roster.by_id.get(command.member_id), pick_of(command)
    holder = None if proven is None else roster.by_address(proven.details.email)
    match first_login.record_login(roster.agency, before, proven, holder, ctx.correlation_id):
        case first_login.CheckCapacity(member):
            roster.change(member)
            if before is not None and pick.details_of(before) != pick.details_of(member):
                ctx.publish(details_changed(member, pick.details_of(before)))
            ctx.publish(messages.FirstLogin(member_id=member.id, seat_type=member.seat_type))
        case accept_invite.Accept() as accepted:
            accept(roster, accepted, ctx)
        case first_login.Record(member):
            if member != before:
                roster.change(member)
            ctx.publish(_recorded(member))
        case first_login.Unknown():
            ctx.reject(member_rejections.UnknownMember())
        case never:
            assert_never(never)


def _recorded(member: Member) -> messages.LoginRecorded:
    return messages.LoginRecorded(member_id=member.id, status=member.status, blocked_reason=member.blocked_reason)


def on_change_role(roster: Roster, command: messages.ChangeRole, ctx: ActorContext) -> None:
    """Change an Active member's role, unless the agency would lose its last admin."""
    match change_role.change_role(roster.admin_request(command.member_id, ctx.actor), command.role):
        case change_role.Changed(member, before):
            roster.change(member)
            ctx.publish(messages.RoleChanged(member_id=member.id, before=before, role=member.role))
        case admin_action.Reject(rejection):
            ctx.reject(rejection)
        case never:
            assert_never(never)


def on_remove(roster: Roster, command: messages.Remove, ctx: ActorContext) -> None:
    """Remove a member, unless the agency would lose its last admin."""
    removing.end(roster, remove.remove(roster.admin_request(command.member_id, ctx.actor), ctx.now), ctx)


def on_seat_assigned(roster: Roster, event: SeatAssigned, ctx: ActorContext) -> None:
    """Make the member Active who got a seat, or record the end of a wait that a removal has overtaken."""
    match activation.seat_assigned(roster.by_id.get(event.member_id), event.seat_type, ctx.correlation_id):
        case activation.Activate(member, before):
            roster.change(member)
            activated = messages.Activated(
                member_id=member.id,
                seat_type=event.seat_type,
                role=member.role,
                before=before,
                waited_since=event.waited_since,
            )
            ctx.publish(activated)
        case activation.LetGo(member):
            ctx.publish(_recorded(member))
        case activation.TooLate():
            pass
        case never:
            assert_never(never)


def on_seat_denied(roster: Roster, event: SeatDenied, ctx: ActorContext) -> None:
    """Make the member Blocked who got no seat, or record the end of a wait that a removal has overtaken."""
    match activation.seat_denied(roster.agency, roster.by_id.get(event.member_id), event.reason, ctx.correlation_id):
        case activation.Block(member, before):
            roster.block(member)
            blocked = messages.Blocked(
                member_id=member.id,
                seat_type=event.seat_type,
                reason=event.reason,
                before=before,
                detail=event.detail,
                operation_id=event.operation_id,
            )
            ctx.publish(blocked)
        case activation.StayRemoved(member):
            removing.stay_removed(roster, member, event.seat_type, ctx)
        case activation.StayBlocked(member):
            roster.change(member)
        case activation.LetGo(member):
            roster.change(member)
            ctx.publish(_recorded(member))
        case activation.TooLate():
            pass
        case never:
            assert_never(never)


def on_seat_released(roster: Roster, event: SeatReleased, ctx: ActorContext) -> None:
    """Record the end of a removed member's wait: the login that they waited with is over."""
    match activation.seat_released(roster.by_id.get(event.member_id), held=event.held):
        case activation.LetGo(member):
            ctx.publish(_recorded(member))
        case activation.TooLate():
            pass
        case never:
            assert_never(never)


def on_seat_swapped(roster: Roster, event: SeatSwapped, ctx: ActorContext) -> None:
    """Record an Active member's new plan type."""
    _reseat(roster, event.member_id, event.seat_type, ctx)


def on_seats_exchanged(roster: Roster, event: SeatsExchanged, ctx: ActorContext) -> None:
    """Record the new plan type of each Active member who has exchanged seats."""
    for move in event.moves:
        _reseat(roster, move.member_id, move.seat_type, ctx)


def _reseat(roster: Roster, member_id: UUID, seat_type: SeatType, ctx: ActorContext) -> None:
    match plan_type.seat_swapped(roster.by_id.get(member_id), seat_type):
        case plan_type.Changed(member, before):
            roster.change(member)
            ctx.publish(messages.PlanTypeChanged(member_id=member.id, before=before, plan_type=seat_type))
        case plan_type.Unchanged():
            pass
        case never:
            assert_never(never)


def on_capacity_changed(roster: Roster, event: CapacityChanged, ctx: ActorContext) -> None:  # noqa: ARG001  it publishes nothing
    """Take over the capacity that seats has published, which limits the invites."""
    roster.capacity = capacity.capacity_changed(
        roster.capacity, event.purchased.quantities(), event.waiting.quantities(), event.frozen
    )


_HANDLERS: Mapping[type[Message], Handler] = {
    members_agencies.FoundAgency: on_found_agency,
    messages.SignUp: on_sign_up,
    messages.RecordLogin: on_record_login,
    members_invitations.AcceptInvite: on_accept_invite,
    members_agencies.SignBaa: on_sign_baa,
    members_invitations.Invite: on_invite,
    members_invitations.Reinvite: on_reinvite,
    messages.LetIn: on_let_in,
    members_requests.Approve: on_approve,
    members_requests.Decline: on_decline,
    messages.CorrectDetails: on_correct_details,
    messages.ChangeRole: on_change_role,
    messages.Remove: on_remove,
    members_invitations.CancelInvitation: removing.on_cancel_invitation,
    messages.UndoRemoval: removing.on_undo_removal,
    members_erasure.Erase: removing.on_erase,
    members_agencies.SetDomain: on_set_domain,
    members_agencies.RenameAgency: on_rename_agency,
    moving_line.SetMovingLine: on_set_moving_line,
    members_agencies.AddAdmin: on_add_admin,
    SeatAssigned: on_seat_assigned,
    SeatDenied: on_seat_denied,
    SeatReleased: on_seat_released,
    SeatSwapped: on_seat_swapped,
    SeatsExchanged: on_seats_exchanged,
    SeatsAdjusted: on_seats_adjusted,
    SeatsCommandRejected: on_change_rejected,
    CapacityChanged: on_capacity_changed,
    SeatPoliciesSet: on_seat_policies_set,
    AccountRejected: on_account_rejected,
}
HANDLERS: Mapping[type[Message], Handler] = {
    kind: moving_the_line(handler) if kind in FREES_A_SEAT else handler for kind, handler in _HANDLERS.items()
}
