"""The handlers of seats for swaps: one member's seat, or the seats of several members in one step."""

from __future__ import annotations

from typing import assert_never

from chassis.actor import ActorContext
from contracts import member_rejections, request_rejections, seat_rejections
from contracts import seats as messages
from services.seats.domain import exchange_seats, swap_seat
from services.seats.state import Seats as State
from services.seats.waiting_line import serve


def on_swap(state: State, command: messages.Swap, ctx: ActorContext) -> None:
    """Exchange a member's seat for one of the other type, and serve the line with the seat given up."""
    requested = command.seat_type
    match swap_seat.swap_seat(state.ledger, state.seat_of(command.member_id), requested):
        case swap_seat.Swapped(ledger, before):
            ctx.publish(messages.SeatSwapped(member_id=command.member_id, before=before, seat_type=requested))
            if before is requested:
                return
            state.ledger = ledger
            state.seat(command.member_id, requested)
            serve(state, ctx)
        case swap_seat.BaaUnsigned():
            ctx.reject(request_rejections.BaaUnsigned())
        case swap_seat.HoldsNone():
            ctx.reject(member_rejections.WrongStatus())
        case swap_seat.Full(purchased, active, waiting):
            ctx.reject(seat_rejections.NoSeatAvailable(requested, purchased, active, waiting))
        case never:
            assert_never(never)


def on_exchange(state: State, command: messages.Exchange, ctx: ActorContext) -> None:
    """Exchange the seats of several members in one step, and serve the line with the seats given up."""
    requested = {move.member_id: move.seat_type for move in command.moves}
    held = {member_id: seat for member_id in requested if (seat := state.seat_of(member_id)) is not None}
    match exchange_seats.exchange_seats(state.ledger, held, requested):
        case exchange_seats.Exchanged(ledger, before):
            moves = tuple(
                messages.ExchangedSeat(member_id=member_id, before=before[member_id], seat_type=seat_type)
                for member_id, seat_type in requested.items()
            )
            ctx.publish(messages.SeatsExchanged(moves=moves))
            state.ledger = ledger
            for move in moves:
                state.seat(move.member_id, move.seat_type)
            serve(state, ctx)
        case swap_seat.BaaUnsigned():
            ctx.reject(request_rejections.BaaUnsigned())
        case swap_seat.HoldsNone():
            ctx.reject(member_rejections.WrongStatus())
        case exchange_seats.FullType(seat_type, full):
            ctx.reject(seat_rejections.NoSeatAvailable(seat_type, full.purchased, full.active, full.waiting))
        case never:
            assert_never(never)
