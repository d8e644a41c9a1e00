"""The handlers of members for Blocked members who ask for a seat: an admin approves, or declines."""

from __future__ import annotations

from typing import assert_never

from chassis.actor import ActorContext
from contracts import members as messages
from contracts import members_requests
from contracts.vocabulary import BlockedReason, MemberStatus
from services.members.domain import admin_action, approve, decline
from services.members.state import Roster


def on_approve(roster: Roster, command: members_requests.Approve, ctx: ActorContext) -> None:
    """Have seats assign a free seat to the member, or reject the command."""
    match approve.approve(roster.admin_request(command.member_id, ctx.actor), roster.capacity):
        case approve.Approved(member):
            ctx.publish(members_requests.Approved(member_id=member.id, seat_type=member.seat_type))
        case admin_action.Reject(rejection):
            ctx.reject(rejection)
        case never:
            assert_never(never)


def on_decline(roster: Roster, command: members_requests.Decline, ctx: ActorContext) -> None:
    """Keep that the request was declined, or reject the command."""
    match decline.decline(roster.admin_request(command.member_id, ctx.actor)):
        case decline.Declined(member):
            roster.change(member)
            ctx.publish(
                messages.Blocked(
                    member_id=member.id,
                    seat_type=member.seat_type,
                    reason=BlockedReason.REQUEST_DECLINED,
                    before=MemberStatus.BLOCKED,
                    note=command.note,
                )
            )
        case admin_action.Reject(rejection):
            ctx.reject(rejection)
        case never:
            assert_never(never)
