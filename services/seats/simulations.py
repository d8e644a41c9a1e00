"""The handler of seats for a dry run of first logins."""

from __future__ import annotations

from typing import assert_never

from chassis.actor import ActorContext
from contracts import seats_simulations as messages
from contracts.message import Seats
from services.seats.domain.first_login import Admit, Block, Wait
from services.seats.domain.ledger import Account
from services.seats.domain.simulate_logins import Decision, Entry, simulate_logins
from services.seats.state import Seats as State


def on_simulate_logins(state: State, command: messages.SimulateLogins, ctx: ActorContext) -> None:
    """Reply with what would become of these people. The ledger stays as it is."""
    entries = [Entry(entrant.seat_type, entrant.invited) for entrant in command.people]
    simulated = simulate_logins(state.ledger, entries, ctx.now)
    is_open = state.ledger.account is Account.OPEN
    ctx.reply(
        messages.LoginsSimulated(
            people=tuple(_result(decision, is_open=is_open) for decision in simulated.decisions),
            before=Seats.of(simulated.before),
            after=Seats.of(simulated.after),
            waiting=Seats.of(state.ledger.waiting),
        )
    )


def _result(decision: Decision, *, is_open: bool) -> messages.SimulatedLogin:
    match decision:
        case Admit():
            return messages.SimulatedLogin(result=messages.LoginResult.ACTIVE)
        case Wait():
            result = messages.LoginResult.BOUGHT_FOR if is_open else messages.LoginResult.WAITS
            return messages.SimulatedLogin(result=result)
        case Block(reason):
            return messages.SimulatedLogin(result=messages.LoginResult.BLOCKED, reason=reason)
        case never:
            assert_never(never)
