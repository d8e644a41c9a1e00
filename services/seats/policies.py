"""The handlers of seats for the Auto-Add switch and for the policies of the seat types."""

from __future__ import annotations

from typing import assert_never

from chassis.actor import ActorContext
from contracts import request_rejections, seat_policies
from contracts import seats as messages
from contracts.vocabulary import SeatType
from services.seats.domain import set_auto_add as switching
from services.seats.domain import set_seat_policies as setting
from services.seats.domain.ledger import Ledger
from services.seats.domain.seat_policy import policy_of
from services.seats.state import Seats as State
from services.seats.waiting_line import serve


def on_set_auto_add(state: State, command: messages.SetAutoAdd, ctx: ActorContext) -> None:
    """Switch Auto-Add ON or OFF, and serve or deny the line accordingly."""
    before = state.ledger
    match switching.set_auto_add(before, enabled=command.enabled):
        case switching.Switched(ledger):
            state.ledger = ledger
            if before.policies != ledger.policies:
                ctx.publish(_policies_set(before, ledger))
            ctx.publish(messages.AutoAddSet(enabled=command.enabled, before=before.auto_add))
            serve(state, ctx)
        case switching.BaaUnsigned():
            ctx.reject(request_rejections.BaaUnsigned())
        case never:
            assert_never(never)


def on_set_seat_policies(state: State, command: seat_policies.SetSeatPolicies, ctx: ActorContext) -> None:
    """Set the policies, and serve or deny the line accordingly."""
    before = state.ledger
    match setting.set_seat_policies(before, command.base, command.voice):
        case setting.PoliciesSet(ledger):
            state.ledger = ledger
            if before.auto_add is not ledger.auto_add:
                ctx.publish(messages.AutoAddSet(enabled=ledger.auto_add, before=before.auto_add))
            ctx.publish(_policies_set(before, ledger))
            serve(state, ctx)
        case setting.BaaUnsigned():
            ctx.reject(request_rejections.BaaUnsigned())
        case never:
            assert_never(never)


def _policies_set(before: Ledger, after: Ledger) -> seat_policies.SeatPoliciesSet:
    return seat_policies.SeatPoliciesSet(
        base=policy_of(after, SeatType.BASE),
        voice=policy_of(after, SeatType.VOICE),
        base_before=policy_of(before, SeatType.BASE),
        voice_before=policy_of(before, SeatType.VOICE),
    )
