"""The handlers of members for the line that moves by itself: the setting, and the step after each freed seat."""

from __future__ import annotations

from functools import wraps
from typing import Any, assert_never

from chassis.actor import ActorContext, Handler
from contracts import moving_line as messages
from contracts.seat_policies import SeatPoliciesSet
from services.members.domain import admin_action, moving_line
from services.members.domain.agency import stands
from services.members.state import Roster


def on_set_moving_line(roster: Roster, command: messages.SetMovingLine, ctx: ActorContext) -> None:
    """Set whether the line moves by itself. If it does from now on, it moves into the seats that are free already."""
    match moving_line.set_moving_line(roster.agency, roster.acting(ctx.actor), enabled=command.enabled):
        case moving_line.MovingLineSet(agency, before):
            roster.set_agency(agency)
            ctx.publish(messages.MovingLineSet(enabled=agency.moving_line, before=before))
        case admin_action.Reject(rejection):
            ctx.reject(rejection)
        case never:
            assert_never(never)


def on_seat_policies_set(roster: Roster, event: SeatPoliciesSet, ctx: ActorContext) -> None:
    """Change nothing: the line moves after it, where admins no longer approve each person."""


def moving_the_line(handler: Handler) -> Handler:
    """Wrap the handler of a message that may free a seat, so that the line moves after it.

    A first login that members publishes later comes later at seats too: nobody overtakes the line on the way.
    """

    @wraps(handler)
    def handle(roster: Roster, message: Any, ctx: ActorContext) -> None:  # noqa: ANN401  whatever the handler takes
        handler(roster, message, ctx)
        if stands(roster.agency) and roster.agency.moving_line:
            _move(roster, ctx)

    return handle


def _move(roster: Roster, ctx: ActorContext) -> None:
    """Offer each free seat to the next in line, each under an id of its own: no command waits for it."""
    for member in moving_line.next_in_line(roster.capacity, [roster.by_id[member_id] for member_id in roster.line]):
        roster.change(member)
        offered = messages.SeatOffered(member_id=member.id, seat_type=member.seat_type)
        ctx.publish(offered, correlation_id=ctx.new_id())
