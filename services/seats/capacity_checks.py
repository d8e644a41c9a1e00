"""The handlers of seats that check the capacity: for a first login, an accepted invitation, and an undone removal."""

from __future__ import annotations

from typing import assert_never
from uuid import UUID

from chassis.actor import ActorContext
from contracts import members, members_invitations, members_requests, moving_line
from contracts import seats as messages
from services.seats.domain import accept_invite, first_login, offered_seat, undo_removal
from services.seats.domain.auto_add import UNPAID
from services.seats.domain.ledger import Ledger
from services.seats.domain.line import Waiter
from services.seats.state import Seats as State
from services.seats.waiting_line import buy_next, denied, join


def on_first_login(state: State, event: members.FirstLogin, ctx: ActorContext) -> None:
    """Check the capacity for a first login: assign a seat, let the member wait for a purchase, or deny the seat."""
    match first_login.first_login(state.ledger, event.seat_type):
        case first_login.Admit(ledger):
            _assign(state, ledger, event, ctx)
        case first_login.Wait():
            nobody_waited = not state.ledger.someone_waits
            join(state, state.ledger.last_position + 1, event.member_id, event.seat_type, ctx)
            # An existing line has its next purchase under way, or its timer set.
            if nobody_waited:
                buy_next(state, ctx)
        case first_login.Block(reason):
            if reason in UNPAID:
                state.blocked[event.member_id] = Waiter(
                    0, event.member_id, event.seat_type, ctx.correlation_id, ctx.actor
                )
            ctx.publish(denied(state.ledger, event.member_id, event.seat_type, reason))
        case never:
            assert_never(never)


def on_invite_accepted(state: State, event: members_invitations.InviteAccepted, ctx: ActorContext) -> None:
    """Check the capacity for an accepted invite. No seat is bought for it."""
    match accept_invite.accept_invite(state.ledger, event.seat_type):
        case first_login.Admit(ledger):
            _assign(state, ledger, event, ctx)
        case first_login.Wait():
            join(state, state.ledger.last_position + 1, event.member_id, event.seat_type, ctx)
        case first_login.Block(reason):
            ctx.publish(denied(state.ledger, event.member_id, event.seat_type, reason))
        case never:
            assert_never(never)


def on_seat_requested_back(state: State, event: members.SeatRequestedBack, ctx: ActorContext) -> None:
    """Check the capacity for a removal that is undone. No seat is bought for it, and nobody is Blocked."""
    match undo_removal.undo_removal(state.ledger, event.seat_type):
        case first_login.Admit(ledger):
            _assign(state, ledger, event, ctx)
        case first_login.Block(reason):
            ctx.publish(denied(state.ledger, event.member_id, event.seat_type, reason))
        case never:
            assert_never(never)


def on_approved(state: State, event: members_requests.Approved, ctx: ActorContext) -> None:
    """Assign a free seat to a Blocked member whom an admin approved. Without one, the member stays Blocked."""
    if _has_or_awaits_a_seat(state, event.member_id):
        return
    match accept_invite.accept_invite(state.ledger, event.seat_type):
        case first_login.Admit(ledger):
            _let_in(state, ledger, event, ctx)
        case first_login.Wait() | first_login.Block():
            pass
        case never:
            assert_never(never)


def on_seat_offered(state: State, event: moving_line.SeatOffered, ctx: ActorContext) -> None:
    """Assign a free seat to the next Blocked member of a line that moves by itself, or deny it."""
    if _has_or_awaits_a_seat(state, event.member_id):
        return
    match offered_seat.offered_seat(state.ledger, event.seat_type):
        case first_login.Admit(ledger):
            _let_in(state, ledger, event, ctx)
        case first_login.Block(reason):
            ctx.publish(denied(state.ledger, event.member_id, event.seat_type, reason))
        case never:
            assert_never(never)


def _has_or_awaits_a_seat(state: State, member_id: UUID) -> bool:
    return state.seat_of(member_id) is not None or any(waiter.member_id == member_id for waiter in state.in_line)


def _let_in(
    state: State, ledger: Ledger, event: members_requests.Approved | moving_line.SeatOffered, ctx: ActorContext
) -> None:
    """Assign a free seat to a Blocked member, who is no longer Blocked for payment."""
    state.unblocked.add(event.member_id)
    state.blocked.pop(event.member_id, None)
    _assign(state, ledger, event, ctx)


def _assign(
    state: State,
    ledger: Ledger,
    event: members.FirstLogin
    | members_invitations.InviteAccepted
    | members.SeatRequestedBack
    | members_requests.Approved
    | moving_line.SeatOffered,
    ctx: ActorContext,
) -> None:
    """Assign a free seat to the member of the event."""
    state.ledger = ledger
    state.seat(event.member_id, event.seat_type)
    ctx.publish(messages.SeatAssigned(member_id=event.member_id, seat_type=event.seat_type))
