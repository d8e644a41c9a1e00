"""The handlers of members for `let_in`: have seats buy, and publish the end of it.

seats makes the change under a command of its own, whose correlation id is the admin's command.
"""

from __future__ import annotations

from typing import assert_never
from uuid import UUID

from chassis.actor import ActorContext
from contracts import members as messages
from contracts.seats import SeatsCommandRejected
from contracts.seats_purchases import Adjust, BlockedMember, SeatsAdjusted
from contracts.vocabulary import BlockedReason
from services.members.domain import admin_action, let_in
from services.members.state import Roster


def on_let_in(roster: Roster, command: messages.LetIn, ctx: ActorContext) -> None:
    """Have seats buy for these Blocked members, or reject the command."""
    match let_in.let_in(roster.agency, roster.acting(ctx.actor), roster.by_id, command.member_ids):
        case let_in.BuySeats(blocked):
            people = tuple(
                BlockedMember(
                    member_id=member.id,
                    seat_type=member.seat_type,
                    reason=member.blocked_reason or BlockedReason.NO_SEAT_AVAILABLE,
                )
                for member in blocked
            )
            change = Adjust(after=command.after, quote_id=command.quote_id, pay_owed=command.pay_owed, let_in=people)
            ctx.send(change, correlation_id=ctx.id)
        case admin_action.Reject(rejection):
            ctx.reject(rejection)
        case never:
            assert_never(never)


def on_seats_adjusted(roster: Roster, event: SeatsAdjusted, ctx: ActorContext) -> None:  # noqa: ARG001  it changes no member
    """End the admin's command. Its members are Active: their seats were assigned before this event."""
    if event.let_in_for is None:
        return
    ended = messages.BlockedLetIn(
        let_in_count=event.let_in_count,
        left_out=event.left_out,
        before=event.before,
        after=event.after,
        charged=event.charged,
        new_total=event.new_total,
        cycle=event.cycle,
        invoice=event.invoice,
        awaited=event.awaited,
        currency=event.currency,
    )
    ctx.publish(ended, correlation_id=event.let_in_for)


def on_change_rejected(roster: Roster, event: SeatsCommandRejected, ctx: ActorContext) -> None:  # noqa: ARG001  as above
    """Reject the admin's command that seats was to carry out. A change that an admin sent to seats is not ours."""
    if event.command_type != Adjust.type or UUID(event.command_id) == ctx.correlation_id:
        return
    rejected = messages.MembersCommandRejected(
        command_id=str(ctx.correlation_id),
        command_type=messages.LetIn.type,
        code=event.code,
        figures=event.figures,
    )
    ctx.publish(rejected)
