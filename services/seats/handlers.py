"""The handlers of seats for members' events and the table of all handlers.

The handlers that check the capacity are in `capacity_checks.py`, those of swaps and exchanges in `swaps.py`, those of
purchases and admins' changes in `purchases.py`, those of reductions at the renewal in `reductions.py`, and those of
payments in `payments.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never
from uuid import UUID

from chassis.actor import ActorContext, Handler
from contracts import (
    auto_add_limits,
    billing,
    billing_payments,
    members,
    members_agencies,
    members_erasure,
    members_invitations,
    members_requests,
    moving_line,
    request_rejections,
    scheduled_reductions,
    seat_policies,
    seats_purchases,
    seats_simulations,
)
from contracts import seats as messages
from contracts.message import Message
from contracts.vocabulary import AUTO_ADD, BaaStage, BlockedReason, MemberStatus
from hosting.erasure import on_erased
from services.seats.capacity_checks import (
    on_approved,
    on_first_login,
    on_invite_accepted,
    on_seat_offered,
    on_seat_requested_back,
)
from services.seats.domain import account, corrected_type, wait_ends
from services.seats.domain import release as releasing
from services.seats.domain import set_step_up as stepping_up
from services.seats.domain.ledger import StepUp
from services.seats.domain.line import FOUNDER, Moved, for_all
from services.seats.limits import on_plan_changed, on_set_auto_add_limits
from services.seats.payments import (
    on_card_changed,
    on_command_rejected,
    on_debt_changed,
    on_payment_recovered,
    on_payment_reversed,
    on_prorations_lost,
    on_retry_payment,
    on_settled,
)
from services.seats.policies import on_set_auto_add, on_set_seat_policies
from services.seats.purchases import (
    on_adjust,
    on_payment_awaited,
    on_quantities_rejected,
    on_quantities_set,
    on_subscription_changed,
    on_subscription_ended,
)
from services.seats.reductions import on_reduction_due, on_schedule_reduction, on_take_back_reduction
from services.seats.simulations import on_simulate_logins
from services.seats.state import Seats as State
from services.seats.swaps import on_exchange, on_swap
from services.seats.tasks import LineDue, PurchaseDue, WaitDue
from services.seats.waiting_line import end_waits, join, keep_clock, named, publishing_capacity, serve, total


def on_agency_founded(state: State, event: members_agencies.AgencyFounded, ctx: ActorContext) -> None:
    """Put the first admin at the head of the line, where they wait until the account is open."""
    join(state, FOUNDER, event.admin_id, event.admin_seat_type, ctx)


def on_account_opened(state: State, event: billing.AccountOpened, ctx: ActorContext) -> None:
    """Serve the members who waited for the account, the first admin first."""
    state.ledger = account.opened(state.ledger, event.purchased.quantities())
    serve(state, ctx)


def on_no_account(
    state: State,
    event: billing.AccountRejected | members_agencies.AgencyRejected,  # noqa: ARG001  whichever event arrives first
    ctx: ActorContext,
) -> None:
    """End every wait: without an account there will be no seats. The first admin's ends without an event."""
    founder = {waiter.member_id for waiter in state.line if waiter.position == FOUNDER}
    end_waits(state, account.rejected(state.ledger, state.line, whole=state.is_whole), ctx)
    state.leave_line(founder)


def on_baa_signed(state: State, event: members_agencies.BaaSigned, ctx: ActorContext) -> None:  # noqa: ARG001  only the signature counts
    """Unlock admin actions, Auto-Add among them."""
    state.ledger = replace(state.ledger, baa_signed=True)


def on_baa_outdated(state: State, event: members_agencies.BaaOutdated, ctx: ActorContext) -> None:  # noqa: ARG001  only the signature counts
    """Lock admin actions once an earlier version's signature has lapsed. Auto-Add stays as it is."""
    if event.stage is BaaStage.LAPSED:
        state.ledger = replace(state.ledger, baa_signed=False)


def on_invited(state: State, event: members_invitations.Invited, ctx: ActorContext) -> None:
    """Release what a good card gave a re-invited Blocked member: from now on only accepting lets them in.

    A card that was fixed before this event arrived may have put the member in line, or given them a seat.
    """
    if event.before is not MemberStatus.BLOCKED:
        return
    match _release(state, event.member_id):
        case releasing.Freed(_, seat_type):
            ctx.publish(messages.SeatReleased(member_id=event.member_id, seat_type=seat_type, held=True))
        case releasing.LeftTheLine():
            pass
        case releasing.NothingToRelease():
            return
        case never:
            assert_never(never)
    serve(state, ctx)


def on_removed(state: State, event: members.Removed, ctx: ActorContext) -> None:
    """Release a removed member's seat or wait, and serve the line with the seat."""
    match _release(state, event.member_id):
        case releasing.Freed(_, seat_type):
            ctx.publish(messages.SeatReleased(member_id=event.member_id, seat_type=seat_type, held=True))
        case releasing.LeftTheLine(_, waiter):
            if waiter.blocked is None:  # nobody waits for the end of a Blocked member's wait
                gone = messages.SeatReleased(member_id=event.member_id, seat_type=waiter.seat_type, held=False)
                ctx.publish(gone, correlation_id=waiter.correlation_id)
        case releasing.NothingToRelease():
            return
        case never:
            assert_never(never)
    serve(state, ctx)


def on_blocked(state: State, event: members.Blocked, ctx: ActorContext) -> None:
    """Take a member whose request was declined out of the line, where a good card has put them."""
    if event.reason is not BlockedReason.REQUEST_DECLINED or state.seat_of(event.member_id) is not None:
        return
    if not any(waiter.member_id == event.member_id and waiter.blocked is not None for waiter in state.in_line):
        _release(state, event.member_id)
        serve(state, ctx)


def on_details_changed(state: State, event: members.DetailsChanged, ctx: ActorContext) -> None:
    """Let a member who is Blocked for payment, or back in line, wait for the corrected seat type."""
    if event.before.seat_type is event.seat_type:
        return
    state.retype(event.member_id, event.seat_type)
    match corrected_type.corrected_type(state.ledger, state.in_line, event.member_id, event.seat_type):
        case corrected_type.Retyped(ledger, waiter):
            state.ledger = ledger
            state.change_in_line(waiter)
            serve(state, ctx)
        case corrected_type.Unchanged():
            pass
        case never:
            assert_never(never)


def _release(state: State, member_id: UUID) -> releasing.Freed | releasing.LeftTheLine | releasing.NothingToRelease:
    """Take the member's seat or place in line, and their claim to a seat when the card is fixed."""
    state.unblocked.add(member_id)
    state.blocked.pop(member_id, None)
    held = state.seat_of(member_id)
    released = releasing.release(state.ledger, state.in_line, member_id, held, whole=state.is_whole)
    match released:
        case releasing.Freed(ledger, _):
            state.ledger = ledger
            state.let_go(member_id)
        case releasing.LeftTheLine(ledger):
            state.ledger = ledger
            state.leave_line({member_id})
        case releasing.NothingToRelease():
            pass
        case never:
            assert_never(never)
    return released


def on_set_step_up(state: State, command: messages.SetStepUp, ctx: ActorContext) -> None:
    """Keep the size above which a change needs a fresh code."""
    before = state.ledger.step_up
    match stepping_up.set_step_up(state.ledger, StepUp(command.seats, command.amount)):
        case stepping_up.StepUpSet(ledger):
            state.ledger = ledger
            ctx.publish(
                messages.StepUpSet(
                    seats=command.seats,
                    amount=command.amount,
                    seats_before=None if before is None else before.seats,
                    amount_before=None if before is None else before.amount,
                    currency=command.currency,
                )
            )
        case stepping_up.BaaUnsigned():
            ctx.reject(request_rejections.BaaUnsigned())
        case never:
            assert_never(never)


def on_purchase_due(state: State, due: PurchaseDue, ctx: ActorContext) -> None:  # noqa: ARG001  the payload is empty
    """Start the purchase that was due, if it still is and the limits leave seats for the members in line."""
    serve(state, ctx)


def on_wait_due(state: State, due: WaitDue, ctx: ActorContext) -> None:  # noqa: ARG001  the payload is empty
    """End the waits that have lasted a day, and publish once that members wait for long."""
    waits = wait_ends.long_waits(state.ledger, state.line, ctx.now, whole=state.is_whole)
    state.ledger = waits.ledger
    if waits.reported_since is not None:
        ctx.publish(
            seats_purchases.PurchaseDelayed(
                since=waits.reported_since, waiting=named(waits.left), waiting_count=total(waits.ledger.waiting)
            ),
            actor=AUTO_ADD,
        )
    denied = Moved(
        waits.ledger, denied=waits.ended, reasons=for_all(BlockedReason.BILLING_UNAVAILABLE), left=waits.left
    )
    end_waits(state, denied, ctx)
    keep_clock(state, ctx)


def on_line_due(state: State, due: LineDue, ctx: ActorContext) -> None:  # noqa: ARG001  the payload is empty
    """Serve, or deny, the next members of a long line."""
    serve(state, ctx)


_HANDLERS: Mapping[type[Message], Handler] = {
    messages.SetAutoAdd: on_set_auto_add,
    seat_policies.SetSeatPolicies: on_set_seat_policies,
    auto_add_limits.SetAutoAddLimits: on_set_auto_add_limits,
    messages.SetStepUp: on_set_step_up,
    messages.Swap: on_swap,
    messages.Exchange: on_exchange,
    seats_simulations.SimulateLogins: on_simulate_logins,
    seats_purchases.Adjust: on_adjust,
    seats_purchases.RetryPayment: on_retry_payment,
    scheduled_reductions.ScheduleReduction: on_schedule_reduction,
    scheduled_reductions.TakeBackReduction: on_take_back_reduction,
    members_agencies.AgencyFounded: on_agency_founded,
    members_agencies.AgencyRejected: on_no_account,
    members.FirstLogin: on_first_login,
    members_invitations.Invited: on_invited,
    members_invitations.InviteAccepted: on_invite_accepted,
    members.SeatRequestedBack: on_seat_requested_back,
    members.Removed: on_removed,
    members_erasure.Erased: on_erased,
    members.DetailsChanged: on_details_changed,
    members.Blocked: on_blocked,
    members_requests.Approved: on_approved,
    moving_line.SeatOffered: on_seat_offered,
    members_agencies.BaaSigned: on_baa_signed,
    members_agencies.BaaOutdated: on_baa_outdated,
    billing.AccountOpened: on_account_opened,
    billing.AccountRejected: on_no_account,
    billing_payments.CardChanged: on_card_changed,
    billing_payments.PaymentRecovered: on_payment_recovered,
    billing_payments.DebtChanged: on_debt_changed,
    billing_payments.PaymentReversed: on_payment_reversed,
    billing_payments.Settled: on_settled,
    billing_payments.ProrationsLost: on_prorations_lost,
    billing.SubscriptionChanged: on_subscription_changed,
    billing.SubscriptionEnded: on_subscription_ended,
    billing.PlanChanged: on_plan_changed,
    billing_payments.PaymentAwaited: on_payment_awaited,
    billing.QuantitiesSet: on_quantities_set,
    billing.QuantitiesRejected: on_quantities_rejected,
    billing.BillingCommandRejected: on_command_rejected,
}
HANDLERS: Mapping[type[Message], Handler] = {kind: publishing_capacity(handler) for kind, handler in _HANDLERS.items()}
on_timer = publishing_capacity(on_purchase_due)
on_wait_timer = publishing_capacity(on_wait_due)
on_line_timer = publishing_capacity(on_line_due)
on_reduction_timer = publishing_capacity(on_reduction_due)
