"""The handlers of members for the end of a membership: an invitation taken back, a removal undone, an erasure."""

from __future__ import annotations

from typing import assert_never

from chassis.actor import ActorContext
from contracts import members as messages
from contracts import members_erasure, members_invitations
from contracts.erasing import Subject
from contracts.vocabulary import SeatType
from hosting import erasure
from services.members.domain import admin_action, cancel_invitation, erase, remove, undo_removal
from services.members.domain.agency import Member
from services.members.state import Roster


def on_cancel_invitation(roster: Roster, command: members_invitations.CancelInvitation, ctx: ActorContext) -> None:
    """Take an invitation back, unless it is accepted."""
    end(roster, cancel_invitation.cancel_invitation(roster.admin_request(command.member_id, ctx.actor), ctx.now), ctx)


def end(roster: Roster, decision: remove.Removed | admin_action.Reject, ctx: ActorContext) -> None:
    """Publish that the member is removed, or reject the command."""
    match decision:
        case remove.Removed(member, before, held):
            roster.change(member)
            until = None if member.removal is None else undo_removal.undo_until(member.removal)
            ctx.publish(messages.Removed(member_id=member.id, before=before, plan_type=held, undo_until=until))
        case admin_action.Reject(rejection):
            ctx.reject(rejection)
        case never:
            assert_never(never)


def on_undo_removal(roster: Roster, command: messages.UndoRemoval, ctx: ActorContext) -> None:
    """Ask seats for a seat for the removed member, or reject the command."""
    request = roster.admin_request(command.member_id, ctx.actor)
    match undo_removal.undo_removal(request, roster.capacity, ctx.now, ctx.id):
        case undo_removal.Return(member, seat_type):
            roster.change(member)
            ctx.publish(messages.SeatRequestedBack(member_id=member.id, seat_type=seat_type))
        case admin_action.Reject(rejection):
            ctx.reject(rejection)
        case never:
            assert_never(never)


def stay_removed(roster: Roster, member: Member, seat_type: SeatType, ctx: ActorContext) -> None:
    """Reject the undo: seats had no seat for the member any more."""
    roster.change(member)
    rejection = undo_removal.no_seat(roster.capacity, seat_type)
    ctx.publish(
        messages.MembersCommandRejected(
            command_id=str(ctx.correlation_id),
            command_type=messages.UndoRemoval.type,
            code=rejection.code,
            figures=rejection,
        )
    )


def on_erase(roster: Roster, command: members_erasure.Erase, ctx: ActorContext) -> None:
    """Erase a Removed member from this service, and publish that the others do too."""
    request = roster.admin_request(command.member_id, ctx.actor)
    match erase.erase(request, ctx.actor):
        case erase.Erased(member, agency, mailbox, signature):
            roster.change(member)
            if agency != roster.agency:
                roster.set_agency(agency)
            ctx.publish(members_erasure.Erased(member_id=member.id))
            erasure.begin(ctx, Subject(member.id, frozenset({mailbox}), frozenset({signature} if signature else ())))
        case admin_action.Reject(rejection):
            ctx.reject(rejection)
        case never:
            assert_never(never)
