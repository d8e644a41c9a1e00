"""What seats does with each message that it hears, and with its timer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never
from uuid import UUID

from chassis.actor import Handler, Turn
from contracts import billing, members
from contracts import seats as said
from contracts.message import Message
from contracts.vocabulary import MemberStatus, Refusal
from services.seats.domain import (
    accept_invite,
    account,
    first_login,
    swap_seat,
)
from services.seats.domain import release as leaving
from services.seats.domain import set_auto_add as switch
from services.seats.domain.auto_add import UNPAID
from services.seats.domain.line import FOUNDER, Waiter
from services.seats.money import (
    on_adjust,
    on_card_changed,
    on_order_refused,
    on_payment_failed,
    on_payment_recovered,
    on_quantities_refused,
    on_quantities_set,
    on_retry_payment,
    on_settled,
    on_subscription_changed,
    on_subscription_ended,
)
from services.seats.serving import (
    buy_next,
    end_waits,
    join,
    serve,
    telling_capacity,
)
from services.seats.state import Seats as State
from services.seats.tasks import PurchaseDue


def on_agency_founded(state: State, fact: members.AgencyFounded, turn: Turn) -> None:
    """The first admin stands first in line until the account is open."""
    join(state, FOUNDER, fact.admin_id, fact.admin_seat_type, turn)


def on_account_opened(state: State, fact: billing.AccountOpened, turn: Turn) -> None:
    """Those who waited for the account are served, the first admin first."""
    state.ledger = account.opened(state.ledger, fact.purchased.quantities())
    serve(state, turn)


def on_no_account(state: State, fact: billing.AccountRefused | members.AgencyRefused, turn: Turn) -> None:  # noqa: ARG001  whichever is heard first
    """There will be no seats."""
    end_waits(state, account.refused(state.ledger, state.line), turn)


def on_baa_signed(state: State, fact: members.BaaSigned, turn: Turn) -> None:  # noqa: ARG001  that it is signed is all
    """Auto-Add may be switched on."""
    state.ledger = replace(state.ledger, baa_signed=True)


def on_first_login(state: State, fact: members.FirstLogin, turn: Turn) -> None:
    """The capacity check."""
    match first_login.first_login(state.ledger, fact.seat_type):
        case first_login.Admit(ledger):
            state.ledger = ledger
            state.seat(fact.member_id, fact.seat_type)
            turn.say(said.SeatAssigned(member_id=fact.member_id, seat_type=fact.seat_type))
        case first_login.Wait():
            nobody_waited = not state.ledger.someone_waits
            join(state, state.ledger.last_position + 1, fact.member_id, fact.seat_type, turn)
            # Whoever joins a line finds its next purchase under way, or its timer set.
            if nobody_waited:
                buy_next(state, turn)
        case first_login.Block(reason):
            if reason in UNPAID:
                state.blocked[fact.member_id] = Waiter(
                    0, fact.member_id, fact.seat_type, turn.correlation_id, turn.actor
                )
            turn.say(said.SeatDenied(member_id=fact.member_id, seat_type=fact.seat_type, reason=reason))
        case never:
            assert_never(never)


def on_invite_accepted(state: State, fact: members.InviteAccepted, turn: Turn) -> None:
    """The capacity check of somebody invited, for whom nothing is bought."""
    match accept_invite.accept_invite(state.ledger, fact.seat_type):
        case first_login.Admit(ledger):
            state.ledger = ledger
            state.seat(fact.member_id, fact.seat_type)
            turn.say(said.SeatAssigned(member_id=fact.member_id, seat_type=fact.seat_type))
        case first_login.Wait():
            join(state, state.ledger.last_position + 1, fact.member_id, fact.seat_type, turn)
        case first_login.Block(reason):
            turn.say(said.SeatDenied(member_id=fact.member_id, seat_type=fact.seat_type, reason=reason))
        case never:
            assert_never(never)


def on_invited(state: State, fact: members.Invited, turn: Turn) -> None:
    """Somebody Blocked is invited anew: a good card lets them in no more, only accepting does.

    One that had stood them in line, or seated them, before this was heard has done so in vain. Nobody waits for them.
    """
    if fact.before is not MemberStatus.BLOCKED:
        return
    match _release(state, fact.member_id):
        case leaving.Freed(_, seat_type):
            turn.say(said.SeatReleased(member_id=fact.member_id, seat_type=seat_type, held=True))
        case leaving.LeftTheLine():
            pass
        case leaving.NothingToRelease():
            return
        case never:
            assert_never(never)
    serve(state, turn)


def on_removed(state: State, fact: members.Removed, turn: Turn) -> None:
    """Somebody is removed: whoever waits for a seat of that type may have it."""
    match _release(state, fact.member_id):
        case leaving.Freed(_, seat_type):
            turn.say(said.SeatReleased(member_id=fact.member_id, seat_type=seat_type, held=True))
        case leaving.LeftTheLine(_, waiter, _):
            gone = said.SeatReleased(member_id=fact.member_id, seat_type=waiter.seat_type, held=False)
            turn.say(gone, correlation_id=waiter.correlation_id)
        case leaving.NothingToRelease():
            return
        case never:
            assert_never(never)
    serve(state, turn)


def _release(state: State, who: UUID) -> leaving.Freed | leaving.LeftTheLine | leaving.NothingToRelease:
    """Somebody neither holds a seat nor waits for one, nor will a good card buy them one."""
    state.unblocked.add(who)
    state.blocked.pop(who, None)
    released = leaving.release(state.ledger, state.line, who, state.seat_of(who))
    match released:
        case leaving.Freed(ledger, _):
            state.ledger = ledger
            state.let_go(who)
        case leaving.LeftTheLine(ledger, _, left):
            state.ledger, state.line = ledger, list(left)
        case leaving.NothingToRelease():
            pass
        case never:
            assert_never(never)
    return released


def on_swap(state: State, order: said.Swap, turn: Turn) -> None:
    """An admin gives somebody a seat of the other type; theirs may serve the line."""
    wanted = order.seat_type
    match swap_seat.swap_seat(state.ledger, state.seat_of(order.member_id), wanted):
        case swap_seat.Swapped(ledger, before):
            turn.say(said.SeatSwapped(member_id=order.member_id, before=before, seat_type=wanted))
            if before is wanted:
                return
            state.ledger = ledger
            state.seat(order.member_id, wanted)
            serve(state, turn)
        case swap_seat.BaaUnsigned():
            turn.refuse(Refusal.BAA_UNSIGNED)
        case swap_seat.HoldsNone():
            turn.refuse(Refusal.WRONG_STATUS)
        case swap_seat.Full(purchased, active, waiting):
            turn.refuse(
                Refusal.NO_SEAT_AVAILABLE, seat_type=wanted, purchased=purchased, active=active, waiting=waiting
            )
        case never:
            assert_never(never)


def on_set_auto_add(state: State, order: said.SetAutoAdd, turn: Turn) -> None:
    """An admin switches Auto-Add."""
    before = state.ledger.auto_add
    match switch.set_auto_add(state.ledger, enabled=order.enabled):
        case switch.Switched(ledger):
            state.ledger = ledger
            turn.say(said.AutoAddSet(enabled=order.enabled, before=before))
            serve(state, turn)
        case switch.BaaUnsigned():
            turn.refuse(Refusal.BAA_UNSIGNED)
        case never:
            assert_never(never)


def on_purchase_due(state: State, due: PurchaseDue, turn: Turn) -> None:  # noqa: ARG001  that it fired is all
    """The timer fired."""
    buy_next(state, turn)


_HANDLERS: Mapping[type[Message], Handler] = {
    said.SetAutoAdd: on_set_auto_add,
    said.Swap: on_swap,
    said.Adjust: on_adjust,
    said.RetryPayment: on_retry_payment,
    members.AgencyFounded: on_agency_founded,
    members.AgencyRefused: on_no_account,
    members.FirstLogin: on_first_login,
    members.Invited: on_invited,
    members.InviteAccepted: on_invite_accepted,
    members.Removed: on_removed,
    members.BaaSigned: on_baa_signed,
    billing.AccountOpened: on_account_opened,
    billing.AccountRefused: on_no_account,
    billing.CardChanged: on_card_changed,
    billing.PaymentRecovered: on_payment_recovered,
    billing.PaymentFailed: on_payment_failed,
    billing.Settled: on_settled,
    billing.SubscriptionChanged: on_subscription_changed,
    billing.SubscriptionEnded: on_subscription_ended,
    billing.QuantitiesSet: on_quantities_set,
    billing.QuantitiesRefused: on_quantities_refused,
    billing.BillingOrderRefused: on_order_refused,
}
HEARD: Mapping[type[Message], Handler] = {kind: telling_capacity(handler) for kind, handler in _HANDLERS.items()}
on_timer = telling_capacity(on_purchase_due)
